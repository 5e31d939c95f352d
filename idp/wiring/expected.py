"""The contract between events, templates and the runner, written down a second time: what the proof compares with.

By hand, and not taken from what renders: the two must agree.
"""

from datetime import timedelta
from itertools import pairwise
from typing import Final

from idp import names
from idp.capability import Capability, Catalog, Verb
from idp.steps import Build, Registration, Rollout, Settings, Step, Terraform

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
API_ACCOUNT: Final = "api"
ACCOUNTS: Final = {
    "look": names.NAMESPACE_RUNS,
    "apply": names.NAMESPACE_RUNS,
    "configure": names.NAMESPACE_RUNS,
    EXECUTOR: names.NAMESPACE_RUNS,
    SENSOR_ACCOUNT: names.NAMESPACE_EVENTS,
    API_ACCOUNT: names.NAMESPACE_API,
}
"""Account -> its namespace."""

_SETTINGS: Final = ("application-settings", "maintenance-notice")
_POLICIES: Final = ("default-deny", "allow-own-dns-and-edge")
_RBAC: Final = "rbac.authorization.k8s.io"
_LEASES: Final = ("coordination.k8s.io", "leases")
_CHANGED: Final = ("get", "list", "create", "update", "delete")
Rule = tuple[str, str, tuple[str, ...], tuple[str, ...]]
RULES: Final[dict[tuple[str, str], list[Rule]]] = {
    (names.NAMESPACE_RUNS, EXECUTOR): [("argoproj.io", "workflowtaskresults", ("create", "patch"), ())],
    (names.NAMESPACE_RUNS, SENSOR_ACCOUNT): [("argoproj.io", "workflows", ("create",), ())],
    (names.NAMESPACE_RUNS, API_ACCOUNT): [
        ("argoproj.io", "workflows", ("get", "list", "watch", "update", "patch"), ()),
        ("", "pods", ("get", "list"), ()),
        ("", "pods/log", ("get",), ()),
    ],
    ("", API_ACCOUNT): [("authentication.k8s.io", "tokenreviews", ("create",), ())],
    (names.NAMESPACE_STATE, "look"): [
        ("", "secrets", ("get", "list", "create", "update"), ()),
        (*_LEASES, ("get", "create", "update"), ()),
    ],
    (names.NAMESPACE_STATE, "apply"): [("", "secrets", _CHANGED, ()), (*_LEASES, _CHANGED, ())],
    ("", "look"): [
        ("", "namespaces", ("get",), ()),
        ("", "resourcequotas", ("get",), ("quota",)),
        ("", "limitranges", ("get",), ("defaults",)),
        ("", "serviceaccounts", ("get",), ("workload",)),
        ("", "configmaps", ("get",), _SETTINGS),
        ("networking.k8s.io", "networkpolicies", ("get",), _POLICIES),
        (_RBAC, "rolebindings", ("get",), ("team",)),
        ("external-secrets.io", "secretstores", ("get",), ()),
        ("external-secrets.io", "externalsecrets", ("get",), ()),
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
        ("external-secrets.io", "secretstores", ("get", "create", "update", "delete"), ()),
        ("external-secrets.io", "externalsecrets", ("get", "create", "update", "delete"), ()),
        (_RBAC, "clusterroles", ("bind",), ("edit",)),
    ],
}
"""Where an account may do something (nowhere in particular: everywhere) and which -> group, resource, verbs, names."""

API_LABELS: Final = {"app.kubernetes.io/name": "api"}
SERVE: Final = ["python", "-m", "idp.cli", "serve"]
SPREAD: Final = ["kubernetes.io/hostname", "topology.kubernetes.io/zone"]
LEDGER_SECRET: Final = ("ledger", "url")
API_MOUNTS: Final = {
    "event-source": ("/var/run/idp-event-source", True),
    "hooks": ("/var/run/idp-hooks", True),
    "git-servers": ("/var/run/idp-git-servers", True),
    "tmp": ("/tmp", None),  # noqa: S108 - the container's
}
API_VOLUMES: Final = {
    "event-source": ("event-source", False, False),
    "hooks": ("hooks", True, False),
    "git-servers": ("git-servers", True, False),
    "tmp": (None, False, True),
}
"""Volume -> its Secret, whether the API starts without it, and whether it is a folder."""

_DNS: Final = "kube-system * 53/UDP,53/TCP"
_TLS: Final = "anywhere * 443/TCP,6443/TCP"
_BUS: Final = "idp-events eventbus-name=default"
NETWORK: Final[dict[str, tuple[str, list[str], list[str]]]] = {
    "idp/default": ("*", [], [_DNS]),
    "idp-events/default": ("*", [], [_DNS]),
    "idp-runs/default": ("*", [], [_DNS]),
    "idp-state/default": ("*", [], [_DNS]),
    "idp/api": (
        "app.kubernetes.io/name=api",
        ["idp.io/client=true * 8000/TCP", "idp-runs * 8000/TCP"],
        ["idp-events eventsource-name=idp 12000/TCP", "argo * 2746/TCP", _TLS, "anywhere * 5432/TCP"],
    ),
    "idp-events/event-bus": (
        "eventbus-name=default",
        [
            "idp-events eventsource-name=idp 4222/TCP",
            "idp-events sensor-name=idp 4222/TCP",
            f"{_BUS} 4222/TCP,6222/TCP",
            "idp.io/client=true * 7777/TCP",
        ],
        [f"{_BUS} 4222/TCP,6222/TCP"],
    ),
    "idp-events/event-source": (
        "eventsource-name=idp",
        ["idp app.kubernetes.io/name=api 12000/TCP", "idp.io/client=true * 7777/TCP"],
        [f"{_BUS} 4222/TCP"],
    ),
    "idp-events/sensor": ("sensor-name=idp", ["idp.io/client=true * 7777/TCP"], [f"{_BUS} 4222/TCP", _TLS]),
    "idp-runs/steps": ("*", [], ["idp app.kubernetes.io/name=api 8000/TCP", _TLS]),
}
"""Policy -> its pods, what they take and what they give: namespaces, pods and ports of the other end."""

POD_PATCH: Final = '{"terminationGracePeriodSeconds": 120}'
"""Of every pod of a run: time to end in order. `idp.lifecycle.release` waits longer than that for a run that has ended."""

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


GUARDRAILS: Final = ["controller", "deployers"]
"""Keys of the ConfigMap that says whom the policies let pass."""
_ALL: Final = "CREATE,UPDATE,DELETE"
JUDGED: Final[dict[str, tuple[list[str], list[str], list[str], int]]] = {
    "idp-workflows-created": (
        ["CREATE argoproj.io/workflows"],
        [
            "verbs",
            "owners",
            "template",
            "verb",
            "parameters",
            "labels",
            "annotations",
            "id",
            "team",
            "place",
            "resource",
        ],
        [],
        10,
    ),
    "idp-workflows-changed": (["UPDATE argoproj.io/workflows"], ["controller", "api", "collector"], [], 5),
    "idp-templates": (
        [
            f"{_ALL} argoproj.io/workflowtemplates",
            f"{_ALL} core/configmaps: runner,guardrails,artifact-repositories",
        ],
        ["deployers"],
        ["namespace-deleted"],
        1,
    ),
    "idp-pods": (["CREATE,UPDATE,CONNECT core/pods,pods/attach,pods/ephemeralcontainers,pods/exec"], [], [], 1),
    "idp-environments": ([f"{_ALL} */*"], [], ["others"], 1),
    "idp-states": (["UPDATE core/secrets"], [], ["others"], 1),
    "idp-applications": (
        ["CREATE,UPDATE,DELETE argoproj.io/applications,appprojects"],
        ["parts", "project"],
        ["others"],
        3,
    ),
}
"""Policy -> what it judges, its variables, its conditions and how many rules it has."""
ELSEWHERE: Final[dict[str, str | None]] = {
    "idp-environments": None,
    "idp-states": names.NAMESPACE_STATE,
    "idp-applications": names.NAMESPACE_ARGO_CD,
}
"""Policies that are not for the namespace of the runs -> for which; None is all. They have no parameters."""


def words(capability: Capability, verb: Verb, step: Step | None) -> list[str]:
    """What the runner is told to do; no step is the one that looks."""
    undone = verb == "deprovision"
    if step is None:
        return ["inspect", capability.name] if verb == "inspect" else ["look", capability.name, verb]
    if isinstance(step, Terraform):
        return ["destroy" if undone else "apply", capability.name]
    word = "deliver" if isinstance(step, (Registration, Build, Settings, Rollout)) else "playbook"
    return [word, capability.name, step.name, "absent" if undone else "present"]


def inputs(capability: Capability, verb: Verb, step: Step | None) -> dict[str, str]:
    """Variables that a step reads from its inputs -> the input."""
    if step is None:
        return {}
    taken = {"IDP_PLAN_SHA256": "plan-sha256", "IDP_DIGEST": "digest"}
    first = capability.steps[0]
    if verb == "provision" and isinstance(first, Terraform) and step is not first:
        taken["IDP_OUTPUTS"] = "outputs"
    if step.name == "rollout" and "build" in [each.name for each in capability.steps]:
        taken["IDP_BUILT"] = "image"
    return taken


def outputs(verb: Verb, step: Step | None) -> tuple[str, ...]:
    """Files below /work/out that become output parameters."""
    if step is None:
        return INSPECT_OUTPUTS if verb == "inspect" else LOOK_OUTPUTS
    if isinstance(step, Build):
        return ("image",)
    gives = isinstance(step, Rollout) or (isinstance(step, Terraform) and verb == "provision")
    return ("outputs",) if gives else ()


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


def served_environment(catalog: Catalog, reference: str) -> dict[str, str]:
    """Variables of the API that are values."""
    return {
        "IDP_ENGINE": "argo",
        "IDP_HOST": "0.0.0.0",  # noqa: S104 - a pod's
        "IDP_PORT": "8000",
        "IDP_CATALOG": reference,
        "IDP_ISSUER": f"https://login.{catalog.domain}",
        "IDP_AUDIENCE": "idp",
        "IDP_RUNS_NAMESPACE": "idp-runs",
        "IDP_LEDGER_SIGN_IN": "password",
        "IDP_EVENT_SOURCE_URL": "http://idp-eventsource-svc.idp-events.svc:12000",
        "IDP_EVENT_SOURCE_TOKEN_FILE": "/var/run/idp-event-source/token",
        "IDP_HOOK_KEY_FILE": "/var/run/idp-hooks/key",
        "IDP_PUBLIC_URL": f"https://api.{catalog.domain}",
        "IDP_ARGO_SERVER_URL": "http://argo-server.argo.svc:2746",
        "IDP_ARGO_UI_URL": f"https://argoworkflows.{catalog.domain}",
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
