"""The contract between events, templates and the runner, written down a second time: what the proof compares with.

By hand, and not taken from what renders: the two must agree.
"""

from datetime import timedelta
from itertools import pairwise
from typing import Final

from idp import names
from idp.capability import Capability, Catalog, Verb
from idp.steps import Step, Terraform

DESTINATIONS: Final = {
    "metadata.name": "run",
    r"metadata.labels.idp\.io/request": "id",
    r"metadata.labels.idp\.io/team": "team",
    r"metadata.labels.idp\.io/verb": "verb",
    r"metadata.annotations.idp\.io/requester": "requester",
    r"metadata.annotations.idp\.io/resource": "resource",
    r"metadata.annotations.workflows\.argoproj\.io/title": "resource",
    "spec.entrypoint": "verb",
}
"""Where a value of the event goes in the Workflow -> its key in the event; the arguments are beside these."""

UNDELIVERED: Final = {"id": "id", "run": "run"}
"""The same for what the API is told of an event that came to nothing."""

STREAM: Final = {
    "maxMsgs": -1,
    "maxAge": "24h",
    "replicas": 3,
    "duplicates": "300s",
    "retention": 0,
    "discard": 1,
}
"""Of the bus, without maxBytes: what is full is refused, never dropped."""

SERVERS: Final = {"controller": "eventbus-controller", "eventbus-name": "default"}
"""Labels that the Argo Events controller gives the bus's pods."""

LOOK_OUTPUTS: Final = ("changes", "digest", "plan-sha256", "summary")
INSPECT_OUTPUTS: Final = ("changes", "summary")

APPROVED: Final = "'{{workflow.parameters.approval}}' == 'required' && {{tasks.look.outputs.parameters.changes}} != 0"
CHANGES: Final = "{{tasks.look.outputs.parameters.changes}} != 0"

DESCRIPTION: Final = "kubernetes.io/description"
"""Well-known annotation: what the object is, for people."""

EXECUTOR: Final = "executor"
EXTERNAL_SECRET: Final = ("event-source", "token")
"""Name and key of the one Secret that the installation makes by hand: the EventSource's bearer token."""

SENSOR_ACCOUNT: Final = "sensor"
ACCOUNTS: Final = {
    "look": names.NAMESPACE_RUNS,
    "apply": names.NAMESPACE_RUNS,
    "configure": names.NAMESPACE_RUNS,
    EXECUTOR: names.NAMESPACE_RUNS,
    SENSOR_ACCOUNT: names.NAMESPACE_EVENTS,
}
"""Account -> its namespace."""

_SETTINGS: Final = ("application-settings", "maintenance-notice")
_POLICIES: Final = ("default-deny", "allow-own-dns-and-edge")
_RBAC: Final = "rbac.authorization.k8s.io"
_LEASES: Final = ("coordination.k8s.io", "leases", ("get", "create", "update"), ())
Rule = tuple[str, str, tuple[str, ...], tuple[str, ...]]
RULES: Final[dict[tuple[str, str], list[Rule]]] = {
    (names.NAMESPACE_RUNS, EXECUTOR): [("argoproj.io", "workflowtaskresults", ("create", "patch"), ())],
    (names.NAMESPACE_RUNS, SENSOR_ACCOUNT): [("argoproj.io", "workflows", ("create",), ())],
    (names.NAMESPACE_STATE, "look"): [("", "secrets", ("get", "list", "create"), ()), _LEASES],
    (names.NAMESPACE_STATE, "apply"): [("", "secrets", ("get", "list", "create", "update", "delete"), ()), _LEASES],
    ("", "look"): [
        ("", "namespaces", ("get",), ()),
        ("", "resourcequotas", ("get",), ("quota",)),
        ("", "limitranges", ("get",), ("defaults",)),
        ("", "serviceaccounts", ("get",), ("workload",)),
        ("", "configmaps", ("get",), _SETTINGS),
        ("networking.k8s.io", "networkpolicies", ("get",), _POLICIES),
        (_RBAC, "rolebindings", ("get",), ("team",)),
    ],
    ("", "configure"): [
        ("", "namespaces", ("get", "create", "update", "delete"), ()),
        ("", "resourcequotas", ("get", "update"), ("quota",)),
        ("", "limitranges", ("get", "update"), ("defaults",)),
        ("", "serviceaccounts", ("get", "update"), ("workload",)),
        ("", "configmaps", ("get", "update"), _SETTINGS),
        ("networking.k8s.io", "networkpolicies", ("get", "update"), _POLICIES),
        (_RBAC, "rolebindings", ("get", "update"), ("team",)),
        ("", "resourcequotas", ("create",), ()),
        ("", "limitranges", ("create",), ()),
        ("", "serviceaccounts", ("create",), ()),
        ("", "configmaps", ("create",), ()),
        ("networking.k8s.io", "networkpolicies", ("create",), ()),
        (_RBAC, "rolebindings", ("create",), ()),
        (_RBAC, "clusterroles", ("bind",), ("edit",)),
    ],
}
"""Where an account may do something (nowhere in particular: everywhere) and which -> group, resource, verbs, names."""

MOUNTS: Final = {"/work": None, "/var/run/idp": True, "/var/run/secrets/kubernetes.io/serviceaccount": True}
"""Mount path -> read only."""

SOURCES: Final[dict[str, list[dict[str, object]]]] = {
    "token": [{"serviceAccountToken": {"audience": names.TOKEN_AUDIENCE, "expirationSeconds": 3600, "path": "token"}}],
    # As Kubernetes itself mounts it where an account's token is mounted automatically.
    "cluster": [
        {"serviceAccountToken": {"expirationSeconds": 3600, "path": "token"}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
        {
            "downwardAPI": {
                "items": [{"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}, "path": "namespace"}]
            }
        },
    ],
}
"""Volume -> what is projected into it."""


def words(capability: Capability, verb: Verb, step: Step | None) -> list[str]:
    """What the runner is told to do; no step is the one that looks."""
    undone = verb == "deprovision"
    if step is None:
        return ["inspect", capability.name] if verb == "inspect" else ["look", capability.name, verb]
    if isinstance(step, Terraform):
        return ["destroy" if undone else "apply", capability.name]
    return ["playbook", capability.name, step.name, "absent" if undone else "present"]


def inputs(capability: Capability, verb: Verb, step: Step | None) -> dict[str, str]:
    """Variables that a step reads from its inputs -> the input."""
    if step is None:
        return {}
    taken = {"IDP_PLAN_SHA256": "plan-sha256", "IDP_DIGEST": "digest"}
    first = capability.steps[0]
    if verb == "provision" and isinstance(first, Terraform) and step is not first:
        taken["IDP_OUTPUTS"] = "outputs"
    return taken


def outputs(verb: Verb, step: Step | None) -> tuple[str, ...]:
    """Files below /work/out that become output parameters."""
    if step is None:
        return INSPECT_OUTPUTS if verb == "inspect" else LOOK_OUTPUTS
    return ("outputs",) if isinstance(step, Terraform) and verb == "provision" else ()


def gives_plan(capability: Capability, verb: Verb, step: Step | None) -> bool:
    """Whether the step saves a plan for the one that applies it."""
    return step is None and verb != "inspect" and isinstance(capability.steps[0], Terraform)


def environment(catalog: Catalog, reference: str, taken: dict[str, str]) -> dict[str, str]:
    """All variables of a step."""
    return {
        "IDP_REQUEST": "{{workflow.parameters.request}}",
        "IDP_RUN": "{{workflow.name}}",
        "IDP_IMAGE": catalog.images.runner,
        "IDP_CATALOG": reference,
        "IDP_TOKEN_FILE": "/var/run/idp/token",
        "HOME": "/work",
        "TMPDIR": "/work",
        **{variable: f"{{{{inputs.parameters.{name}}}}}" for variable, name in taken.items()},
    }


def account(step: Step | None) -> str:
    """The ServiceAccount of the step's pod."""
    return "look" if step is None else step.privilege


def deadline(capability: Capability, step: Step | None) -> timedelta:
    """How long the step may take; looking as long as the first step."""
    return (step or capability.steps[0]).deadline


def tasks(capability: Capability, verb: Verb) -> list[tuple[str, str | None, str | None, Step | None]]:
    """Tasks of the verb in order: name, depends, when, step (none looks; the gate has no step either)."""
    look = (names.TASK_LOOK, None, None, None)
    if verb == "inspect":
        return [look]
    steps = list(reversed(capability.steps)) if verb == "deprovision" else list(capability.steps)
    first = (steps[0].name, "gate.Succeeded || gate.Skipped", CHANGES, steps[0])
    later = [(step.name, f"{before.name}.Succeeded", None, step) for before, step in pairwise(steps)]
    return [look, (names.TASK_GATE, "look.Succeeded", APPROVED, None), first, *later]
