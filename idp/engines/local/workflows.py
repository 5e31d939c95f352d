"""A Workflow as it was created: what the trigger made, together with the template it refers to, kept whole."""

import re
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from idp.engines.local.errors import DroppedEventError, ManifestError
from idp.engines.local.fields import Fields
from idp.engines.local.templates import Lifetime, WorkflowTemplate, workflow_template
from idp.engines.protocol import Phase

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_LABEL_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
_LONGEST_NAME = 63


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a Workflow cannot run, in Argo's words where Argo would say it, and the phase it ends in at once."""

    phase: Phase
    message: str


@dataclass(frozen=True, slots=True)
class Workflow:
    """One Workflow. `source` is the WorkflowTemplate's manifest as it was then: an approval days later runs what was planned."""

    name: str
    uid: str
    namespace: str
    created: float
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    template_name: str
    entrypoint: str
    arguments: Mapping[str, str]
    source: Mapping[str, Any]
    template: WorkflowTemplate
    fault: Fault | None

    def record(self) -> dict[str, Any]:
        """For the journal."""
        names = (
            "name",
            "uid",
            "namespace",
            "created",
            "labels",
            "annotations",
            "template_name",
            "entrypoint",
            "arguments",
            "source",
        )
        return {name: getattr(self, name) for name in names}


def created(resource: Mapping[str, Any], manifest: Mapping[str, Any], namespace: str) -> Workflow:
    """The Workflow of what a trigger made, as the Kubernetes API would take it. Raises DroppedEventError where it would not."""
    fields = Fields(resource, kind="Workflow", file="the Workflow that the trigger made")
    try:
        return _created(fields, manifest, namespace)
    except ManifestError as error:
        raise DroppedEventError(str(error)) from error


def from_record(record: Mapping[str, Any]) -> Workflow:
    """The Workflow that the journal tells of."""
    given = dict(record)
    template, fault = _template(given["source"], given["template_name"])
    return Workflow(
        **given, template=template, fault=fault or _fault(template, given["entrypoint"], given["arguments"])
    )


def checked(fields: Fields) -> str:
    """Refuse what a trigger may not set (templateReferencing: Strict) or this engine does not carry out; the template's name."""
    with fields:
        fields.choice("apiVersion", ("argoproj.io/v1alpha1",))
        fields.choice("kind", ("Workflow",))
        with fields.required("metadata", "WorkflowMetadata") as metadata:
            for name in ("name", "namespace", "labels", "annotations"):
                metadata.free(name)
        with fields.required("spec", "WorkflowSpec") as spec:
            spec.free("entrypoint")
            _check_arguments(spec)
            with spec.required("workflowTemplateRef", "WorkflowTemplateRef") as reference:
                return reference.text("name")


def _check_arguments(spec: Fields) -> None:
    with spec.one("arguments", "Arguments") or Fields({}, kind="Arguments", file=spec.file) as arguments:
        for parameter in arguments.many("parameters", "Argument"):
            with parameter:
                parameter.text("name")
                parameter.free("value")


def _created(fields: Fields, manifest: Mapping[str, Any], namespace: str) -> Workflow:
    template_name = checked(fields)
    metadata = fields.required("metadata", "WorkflowMetadata")
    spec = fields.required("spec", "WorkflowSpec")
    template, fault = _template(manifest, template_name)
    arguments = {name: value for name, value in template.arguments.items() if value is not None} | _arguments(spec)
    entrypoint = spec.free("entrypoint") or template.entrypoint or ""
    return Workflow(
        name=_name(metadata),
        uid=str(uuid.uuid4()),
        namespace=metadata.free("namespace") or namespace,
        created=time.time(),
        labels=_labels(metadata),
        annotations=metadata.texts("annotations"),
        template_name=template_name,
        entrypoint=entrypoint,
        arguments=arguments,
        source=manifest,
        template=template,
        fault=fault or _fault(template, entrypoint, arguments),
    )


def _name(metadata: Fields) -> str:
    name = metadata.free("name")
    if not isinstance(name, str) or len(name) > _LONGEST_NAME or not _NAME.fullmatch(name):
        metadata.refuse(
            "name", f"{name!r} is no name for a Workflow: lower case letters, digits, '-', '.', at most {_LONGEST_NAME}"
        )
    return str(name)


def _labels(metadata: Fields) -> dict[str, str]:
    labels = metadata.texts("labels")
    for name, value in labels.items():
        if not _LABEL_VALUE.fullmatch(value):
            metadata.refuse(f"labels.{name}", f"{value!r} is no value for a label")
    return labels


def _arguments(spec: Fields) -> dict[str, str]:
    arguments = spec.one("arguments", "Arguments") or Fields({}, kind="Arguments", file=spec.file)
    given = {inner.text("name"): inner.free("value") for inner in arguments.many("parameters", "Argument")}
    return {name: str(value) for name, value in given.items() if value is not None}


def _template(manifest: Mapping[str, Any], name: str) -> tuple[WorkflowTemplate, Fault | None]:
    try:
        return workflow_template(Fields(manifest, kind="WorkflowTemplate", file=name)), None
    except ManifestError as error:
        message = f"This version of the engine does not carry out the template that the run was started with: {error}"
        return _EMPTY, Fault("Error", message)


def _fault(template: WorkflowTemplate, entrypoint: str, arguments: Mapping[str, str]) -> Fault | None:
    """The first thing that Argo's validation finds (argo-workflows workflow/validate)."""
    for name in template.arguments:
        if name not in arguments:
            return _invalid(f"spec.arguments.{name}.value or spec.arguments.{name}.valueFrom is required")
    entry = template.templates.get(entrypoint)
    if entry is None:
        return _invalid(f"template reference {template.name}.{entrypoint} not found")
    for name, default in entry.inputs.items():
        if default is None and name not in arguments:
            return _invalid(f"templates.{entrypoint} inputs.parameters.{name} was not supplied")
    for artifact in entry.input_artifacts:
        if not artifact.optional:
            return _invalid(f"templates.{entrypoint} inputs.artifacts.{artifact.name} was not supplied")
    return None


def _invalid(what: str) -> Fault:
    return Fault("Failed", f"invalid spec: {what}")


_EMPTY = WorkflowTemplate(
    name="",
    namespace="",
    entrypoint=None,
    arguments={},
    templates={},
    mutexes=(),
    lifetime=Lifetime(None, None),
    deadline_seconds=None,
    on_exit=None,
    grace_seconds=30.0,
)
