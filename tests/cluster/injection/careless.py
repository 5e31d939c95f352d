"""Manifests as nobody should write them: what the platform's would be without the care taken."""

from typing import Any

from tests.runner import corpus

Manifest = dict[str, Any]

API = "argoproj.io/v1alpha1"
NAME = "careless"
IMAGE = "busybox:1.35"
LABELS = {"idp.io/test": NAME}
LITERAL = "literal"
HARMLESS = "harmless"
"""Arrives as it is everywhere: what keeps it from that would make every control fire."""
SHELL = [HARMLESS, *corpus.SHELL]
GJSON = [HARMLESS, *corpus.GJSON]
SJSON = [HARMLESS, *corpus.SJSON]


def told() -> Manifest:
    """A template that hands a parameter on as it is; it waits, so that the node shows what came."""
    argument = {"name": "text", "value": "{{workflow.parameters.text}}"}
    task = {"name": "told", "template": "told", "arguments": {"parameters": [argument]}}
    inputs = {"parameters": [{"name": "text"}]}
    return template(
        "told", {"name": "main", "dag": {"tasks": [task]}}, {"name": "told", "inputs": inputs, "suspend": {}}, ["text"]
    )


def shell() -> Manifest:
    """A step whose command is made of the values, each in a folder of its own."""
    names = [f"text-{number}" for number in range(len(SHELL))]
    tries = [
        f"mkdir /tmp/{name}; cd /tmp/{name}\n"
        f"echo {{{{workflow.parameters.{name}}}}} >echo 2>&1\n"
        f"printf {{{{workflow.parameters.{name}}}}} >printf 2>&1\n"
        f"touch {{{{workflow.parameters.{name}}}}}"
        for name in names
    ]
    line = """echo "$name|$(ls)|$(base64 echo)|$(base64 printf)" | tr '\\n' ' '; echo"""
    shown = f"for name in {' '.join(names)}; do cd /tmp/$name; {line}; done"
    step = {"name": "main", "container": {"image": IMAGE, "command": ["sh", "-c", "\n".join([*tries, shown])]}}
    return template("shell", step, {"name": "unused", "suspend": {}}, names)


def template(name: str, main: Manifest, other: Manifest, parameters: list[str]) -> Manifest:
    arguments = {"parameters": [{"name": parameter} for parameter in parameters]}
    spec = {
        "automountServiceAccountToken": False,
        "executor": {"serviceAccountName": "executor"},
        "securityContext": {"runAsUser": 10001},
        "entrypoint": "main",
        "arguments": arguments,
        "templates": [main, other],
    }
    return thing(API, "WorkflowTemplate", f"{NAME}-{name}", spec=spec)


def workflow(template: str, name: str, values: dict[str, str]) -> Manifest:
    arguments = {"parameters": [{"name": each, "value": value} for each, value in values.items()]}
    spec = {"workflowTemplateRef": {"name": f"{NAME}-{template}"}, "arguments": arguments}
    return thing(API, "Workflow", name, spec=spec)


def pod() -> Manifest:
    """Values in the environment as they are, after variables that they speak of."""
    known = [{"name": "IDP_RUN", "value": "a-run"}, {"name": "X", "value": "an x"}]
    texts = [{"name": f"TEXT_{number}", "value": text} for number, text in enumerate(corpus.KUBERNETES)]
    shown = "; ".join(f'echo "$TEXT_{number}"' for number in range(len(texts)))
    container = {
        "name": "main",
        "image": IMAGE,
        "command": ["sh", "-c", shown],
        "env": [*known, *texts],
        "envFrom": [{"configMapRef": {"name": "runner"}}],
    }
    return thing("v1", "Pod", NAME, spec={"restartPolicy": "Never", "containers": [container]})


def event_source() -> Manifest:
    webhook = {NAME: {"endpoint": f"/{NAME}", "method": "POST", "port": "12000"}}
    service = {"ports": [{"port": 12000, "targetPort": 12000}]}
    return thing(API, "EventSource", NAME, spec={"eventBusName": "default", "service": service, "webhook": webhook})


def sensor() -> Manifest:
    """Reads at a path made of a value; writes at a path made of a value."""
    reads = [
        trigger(f"gjson-{n}", thing("v1", "ConfigMap", f"{NAME}-gjson-{n}"), f"body.texts.{text}", "data.value")
        for n, text in enumerate(GJSON)
    ]
    writes = [
        trigger(f"sjson-{n}", free(f"{NAME}-sjson-{n}"), "body.literal", f"data.{text}") for n, text in enumerate(SJSON)
    ]
    last = trigger("last", thing("v1", "ConfigMap", f"{NAME}-last"), "body.literal", "data.value")
    dependency = {"name": NAME, "eventSourceName": NAME, "eventName": NAME}
    spec = {
        "eventBusName": "default",
        "template": {"serviceAccountName": NAME},
        "dependencies": [dependency],
        "triggers": [*reads, *writes, last],
    }
    return thing(API, "Sensor", NAME, spec=spec)


def free(name: str) -> Manifest:
    """An object whose data may be anything."""
    return thing("apps/v1", "ControllerRevision", name, revision=1, data={})


def trigger(name: str, resource: Manifest, key: str, dest: str) -> Manifest:
    source = {"dependencyName": NAME, "dataKey": key}
    k8s = {"operation": "create", "source": {"resource": resource}, "parameters": [{"src": source, "dest": dest}]}
    return {"template": {"name": name, "k8s": k8s}}


def event() -> dict[str, Any]:
    """Each text as a key; what else is there to be found is found by who does not look for the key."""
    texts = {text: f"{LITERAL} {number}" for number, text in enumerate(GJSON)}
    return {"literal": LITERAL, "texts": {"a": {"b": "another"}, **texts}}


def access() -> list[Manifest]:
    rules = [
        {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["create"]},
        {"apiGroups": ["apps"], "resources": ["controllerrevisions"], "verbs": ["create"]},
    ]
    group = "rbac.authorization.k8s.io"
    return [
        thing("v1", "ServiceAccount", NAME),
        thing(f"{group}/v1", "Role", NAME, rules=rules),
        thing(
            f"{group}/v1",
            "RoleBinding",
            NAME,
            roleRef={"apiGroup": group, "kind": "Role", "name": NAME},
            subjects=[{"kind": "ServiceAccount", "name": NAME}],
        ),
    ]


def thing(api: str, kind: str, name: str, **more: Any) -> Manifest:
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name, "labels": LABELS}} | more
