"""The folder of rendered manifests, loaded: every object is carried out, listed as of no use here, or refused."""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from idp.engines.local import events, jsonpaths
from idp.engines.local.check import check
from idp.engines.local.errors import ManifestError
from idp.engines.local.fields import Fields
from idp.engines.local.inert import KINDS
from idp.engines.local.templates import workflow_template
from idp.engines.local.workflows import checked


@dataclass(slots=True)
class Manifests:
    """What was found."""

    endpoints: dict[str, events.Endpoint] = field(default_factory=dict)
    sensors: list[events.Sensor] = field(default_factory=list)
    templates: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """WorkflowTemplates by name, as they are in the file."""
    config_maps: dict[str, frozenset[str]] = field(default_factory=dict)
    """The keys of each ConfigMap that a template reads."""
    read: set[str] = field(default_factory=set)
    """Names of these ConfigMaps."""
    unused: list[tuple[str, str, str]] = field(default_factory=list)
    """Kind, name and why the engine has no use for it."""

    def add(self, file: str, manifest: Any) -> None:
        """One more object. Raises ManifestError."""
        _take(self, Fields(manifest, kind="Manifest", file=file))

    def check(self) -> None:
        """What holds between them. Raises ManifestError."""
        _check_triggers(self)
        _set_unread_aside(self)


def load(folder: Path) -> Manifests:
    """Read every .yaml and .yml under the folder. Raises ManifestError."""
    found = Manifests()
    for file, manifest in _objects(folder):
        found.add(file, manifest)
    found.check()
    return found


def _objects(folder: Path) -> Iterator[tuple[str, Any]]:
    if not folder.is_dir():
        raise ManifestError(str(folder), "", "there is no such folder: render the manifests first")
    for path in sorted(path for path in folder.rglob("*") if path.suffix in (".yaml", ".yml")):
        file = str(path.relative_to(folder))
        try:
            documents = list(yaml.load_all(path.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
        except yaml.YAMLError as error:
            raise ManifestError(file, "", f"is no YAML: {error}") from error
        yield from ((file, document) for document in documents if document is not None)


def _take(found: Manifests, fields: Fields) -> None:
    kind, api = fields.text("kind"), fields.text("apiVersion")
    if kind in KINDS:
        metadata = fields.free("metadata") or {}
        found.unused.append((kind, str(metadata.get("name", fields.file)), KINDS[kind]))
    elif kind == "WorkflowTemplate" and api == "argoproj.io/v1alpha1":
        template = workflow_template(fields)
        check(template, fields)
        found.read |= {
            name for each in template.templates.values() if each.container for name in each.container.config_maps
        }
        _once(found.templates, template.name, fields.value, fields)
    elif kind == "EventSource" and api == "argoproj.io/v1alpha1":
        for endpoint in events.endpoints(fields):
            _once(found.endpoints, endpoint.path, endpoint, fields)
    elif kind == "Sensor" and api == "argoproj.io/v1alpha1":
        found.sensors.append(events.sensor(fields))
    elif kind == "ConfigMap" and api == "v1":
        _config_map(found, fields)
    else:
        fields.refuse("kind", f"the embedded engine does not carry out {api} {kind}")


def _config_map(found: Manifests, fields: Fields) -> None:
    with fields, fields.required("metadata", "metadata") as metadata:
        metadata.text_or("namespace", None)
        _once(found.config_maps, metadata.text("name"), frozenset(fields.texts("data")), fields)


def _set_unread_aside(found: Manifests) -> None:
    for name in found.config_maps.keys() - found.read:
        del found.config_maps[name]
        found.unused.append(("ConfigMap", name, "no template reads it"))


def _once(found: dict[str, Any], name: str, value: Any, fields: Fields) -> None:
    if name in found:
        fields.refuse("metadata.name", f"{name!r} is there twice")
    found[name] = value


def _check_triggers(found: Manifests) -> None:
    """What each trigger would create, tried with every parameter in its place."""
    for sensor in found.sensors:
        for trigger in sensor.triggers:
            trial = copy.deepcopy(dict(trigger.resource))
            for parameter in trigger.parameters:
                jsonpaths.placed(trial, parameter.dest, "x")
            made = Fields(trial, kind="Workflow", file=trigger.file, path=trigger.path)
            template = checked(made)
            if template not in found.templates:
                made.refuse("spec.workflowTemplateRef.name", f"there is no WorkflowTemplate {template!r}")
