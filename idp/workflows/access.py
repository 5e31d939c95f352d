"""Who the steps of a run are to the cluster, and what each may do there: plain objects, without Hera.

One ServiceAccount per privilege. The API knows a step by its projected token. To the cluster itself a step is a client
where the target keeps Terraform's state in it, or its playbooks write to it; names are limited where RBAC can limit
them, which it cannot for `create`.
"""

from typing import Any, Final, get_args

from idp import names
from idp.steps import Privilege

EXECUTOR: Final = "executor"
"""Argo's own containers in the pod, which report results; no step has its token."""

Rule = dict[str, list[str]]

_RBAC: Final = "rbac.authorization.k8s.io"
BUNDLE: Final = {
    ("", "resourcequotas"): ("quota",),
    ("", "limitranges"): ("defaults",),
    ("", "serviceaccounts"): ("workload",),
    ("", "configmaps"): ("application-settings", "maintenance-notice"),
    ("networking.k8s.io", "networkpolicies"): ("default-deny", "allow-own-dns-and-edge"),
    (_RBAC, "rolebindings"): ("team",),
}
"""API group and kind of what playbooks write into an environment's namespace -> the names that roles give it."""

SECRETS: Final = (("external-secrets.io", "secretstores"), ("external-secrets.io", "externalsecrets"))
"""What brings a vault's secrets into an environment's namespace: named after what they are of, so by no list."""


def _rule(group: str, resource: str, *verbs: str, names: tuple[str, ...] = ()) -> Rule:
    rule = {"apiGroups": [group], "resources": [resource], "verbs": list(verbs)}
    return rule | ({"resourceNames": list(names)} if names else {})


_READ_BUNDLE: Final = [_rule(*kind, "get", names=given) for kind, given in BUNDLE.items()]
_WRITE_BUNDLE: Final = [
    *(_rule(*kind, "get", "update", names=given) for kind, given in BUNDLE.items()),
    *(_rule(*kind, "create") for kind in BUNDLE),
]

_CLUSTER: Final[dict[Privilege, list[Rule]]] = {
    "look": [_rule("", "namespaces", "get"), *_READ_BUNDLE, *(_rule(*kind, "get") for kind in SECRETS)],
    "configure": [
        _rule("", "namespaces", "get", "create", "update", "delete"),
        *_WRITE_BUNDLE,
        *(_rule(*kind, "get", "create", "update", "delete") for kind in SECRETS),
        _rule(_RBAC, "clusterroles", "bind", names=("edit",)),
    ],
}
"""In all namespaces: which of them are environments, no RBAC can say."""

_LEASE: Final = ("coordination.k8s.io", "leases")
_STATE: Final[dict[Privilege, list[Rule]]] = {
    # Where there is no state Terraform makes an empty one, even if it only plans: it creates the Secret, then updates it.
    "look": [_rule("", "secrets", "get", "list", "create", "update"), _rule(*_LEASE, "get", "create", "update")],
    # A large state is kept in parts, which come and go; an empty one goes for good, with its lock.
    "apply": [
        _rule("", "secrets", "get", "list", "create", "update", "delete"),
        _rule(*_LEASE, "get", "list", "create", "update", "delete"),
    ],
}
"""In the namespace of Terraform's state."""

_REPORT: Final = _rule("argoproj.io", "workflowtaskresults", "create", "patch")


def run_access() -> list[dict[str, Any]]:
    """Accounts of each privilege and of the executor, what each may do, and the executor's token."""
    return [
        *(_account(name) for name in (*get_args(Privilege), EXECUTOR)),
        *_granted(EXECUTOR, names.NAMESPACE_RUNS, [_REPORT]),
        *(each for name, rules in _STATE.items() for each in _granted(name, names.NAMESPACE_STATE, rules)),
        *(each for name, rules in _CLUSTER.items() for each in _granted(name, None, rules)),
        _executor_token(),
    ]


def _account(name: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": name, "namespace": names.NAMESPACE_RUNS},
        "automountServiceAccountToken": False,
    }


def _granted(account: str, namespace: str | None, rules: list[Rule]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A Role and its binding in one namespace, or a ClusterRole and its binding in all of them."""
    kind = "Role" if namespace else "ClusterRole"
    metadata = {"name": account, "namespace": namespace} if namespace else {"name": names.cluster_role(account)}
    return (
        {"apiVersion": f"{_RBAC}/v1", "kind": kind, "metadata": metadata, "rules": rules},
        {
            "apiVersion": f"{_RBAC}/v1",
            "kind": f"{kind}Binding",
            "metadata": metadata,
            "roleRef": {"apiGroup": _RBAC, "kind": kind, "name": metadata["name"]},
            "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": names.NAMESPACE_RUNS}],
        },
    )


def _executor_token() -> dict[str, Any]:
    """Argo mounts it into its own containers by this name where pods get no token by themselves; the cluster fills it."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": f"{EXECUTOR}.service-account-token",
            "namespace": names.NAMESPACE_RUNS,
            "annotations": {"kubernetes.io/service-account.name": EXECUTOR},
        },
        "type": "kubernetes.io/service-account-token",
    }
