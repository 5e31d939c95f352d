"""Hand-written manifests of the shape that the platform renders."""

import copy
import sys
from pathlib import Path
from typing import Any

import yaml

Manifest = dict[str, Any]

API = "argoproj.io/v1alpha1"


def event_source(*names: str) -> Manifest:
    webhook = {name: {"endpoint": f"/{name}", "method": "POST", "port": "12000"} for name in names}
    spec = {"eventBusName": "default", "webhook": webhook}
    return {
        "apiVersion": API,
        "kind": "EventSource",
        "metadata": {"name": "idp", "namespace": "idp-events"},
        "spec": spec,
    }


def parameter(dependency: str, key: str, dest: str) -> Manifest:
    return {"src": {"dependencyName": dependency, "dataKey": f"body.{key}"}, "dest": dest}


def trigger(name: str, parameters: list[str]) -> Manifest:
    resource = {
        "apiVersion": API,
        "kind": "Workflow",
        "metadata": {"namespace": "idp-runs"},
        "spec": {
            "workflowTemplateRef": {"name": name},
            "arguments": {"parameters": [{"name": found} for found in parameters]},
        },
    }
    fixed = [
        parameter(name, "run", "metadata.name"),
        parameter(name, "team", r"metadata.labels.idp\.io/team"),
        parameter(name, "verb", "spec.entrypoint"),
    ]
    rest = [parameter(name, found, f"spec.arguments.parameters.{n}.value") for n, found in enumerate(parameters)]
    k8s = {"operation": "create", "source": {"resource": resource}, "parameters": fixed + rest}
    return {
        "template": {"name": name, "conditions": name, "k8s": k8s},
        "atLeastOnce": True,
        "retryStrategy": {"steps": 5},
    }


def sensor(*names: str, parameters: list[str]) -> Manifest:
    spec = {
        "dependencies": [{"name": name, "eventSourceName": "idp", "eventName": name} for name in names],
        "triggers": [trigger(name, parameters) for name in names],
    }
    return {"apiVersion": API, "kind": "Sensor", "metadata": {"name": "idp", "namespace": "idp-events"}, "spec": spec}


def workflow_template(*templates: Manifest, parameters: tuple[str, ...] = (), **spec: Any) -> Manifest:
    whole = {
        "arguments": {"parameters": [{"name": parameter} for parameter in parameters]},
        "templates": list(templates),
        "volumes": [{"name": "work", "emptyDir": {}}],
    }
    metadata = {"name": "things", "namespace": "idp-runs"}
    return {"apiVersion": API, "kind": "WorkflowTemplate", "metadata": metadata, "spec": whole | spec}


def program(name: str, code: str, *, container: Manifest | None = None, **more: Any) -> Manifest:
    """A template whose container runs Python text at /work; `container` adds to the container, `more` to the template."""
    whole = {
        "image": "runner",
        "command": [sys.executable, "-I", "-S", "-c", code],
        "volumeMounts": [{"name": "work", "mountPath": "/work"}],
        "workingDir": "/work",
    }
    return {"name": name, "container": whole | (container or {})} | more


def shell(name: str, text: str, **more: Any) -> Manifest:
    """A template without any folder that runs a line of shell."""
    return {"name": name, "container": {"image": "runner", "command": ["sh", "-c", text]}} | more


def dag(*tasks: Manifest, name: str = "provision", **more: Any) -> Manifest:
    """A DAG; a task runs the template of its name unless it says otherwise."""
    return {"name": name, "dag": {"tasks": [{"template": task["name"], **task} for task in tasks]}} | more


def task(name: str, depends: str = "", **more: Any) -> Manifest:
    return {"name": name} | ({"depends": depends} if depends else {}) | more


def output(name: str, **more: Any) -> Manifest:
    source = {"path": f"/work/out/{name}"} | ({"default": more.pop("default")} if "default" in more else {})
    return {"name": name, "valueFrom": source} | more


def outputs(*parameters: Manifest, artifacts: tuple[str, ...] = ()) -> Manifest:
    files = [{"name": name, "path": f"/work/out/{name}", "archive": {"none": {}}} for name in artifacts]
    return {"parameters": list(parameters), "artifacts": files}


def wrote(name: str, value: str) -> str:
    """Python text that writes an output."""
    return f"import os; os.makedirs('out', exist_ok=True); open('out/{name}', 'w').write({value!r}); "


def written(folder: Path, *manifests: Manifest) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for manifest in manifests:
        file = folder / f"{manifest['kind'].lower()}-{manifest['metadata']['name']}.yaml"
        file.write_text(yaml.safe_dump(copy.deepcopy(manifest)))
    return folder
