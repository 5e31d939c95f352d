"""Who the API is to the cluster, and what it may do there: see runs, let them go on or stop, and know who calls.

Argo Server acts with the caller's own token, so what resumes and stops a run is a right of the API's account.
"""

from typing import Any, Final

from idp import names

_RBAC: Final = "rbac.authorization.k8s.io"
_RUNS: Final = [
    {"apiGroups": ["argoproj.io"], "resources": ["workflows"], "verbs": ["get", "list", "watch", "update", "patch"]},
    {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]},
    {"apiGroups": [""], "resources": ["pods/log"], "verbs": ["get"]},
]
"""Nothing is created or deleted: runs begin with an event, and Argo removes them."""

_CALLERS: Final = [{"apiGroups": ["authentication.k8s.io"], "resources": ["tokenreviews"], "verbs": ["create"]}]


def api_access() -> list[dict[str, Any]]:
    """The account; its Role where the runs are; and its right to ask whose token it was shown."""
    metadata = {"name": names.API_ACCOUNT, "namespace": names.NAMESPACE_API}
    runs = {"name": names.API_ACCOUNT, "namespace": names.NAMESPACE_RUNS}
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata, "automountServiceAccountToken": False},
        {"apiVersion": f"{_RBAC}/v1", "kind": "Role", "metadata": runs, "rules": _RUNS},
        _binding("RoleBinding", runs, "Role"),
        {
            "apiVersion": f"{_RBAC}/v1",
            "kind": "ClusterRole",
            "metadata": {"name": names.cluster_role(names.API_ACCOUNT)},
            "rules": _CALLERS,
        },
        _binding("ClusterRoleBinding", {"name": names.cluster_role(names.API_ACCOUNT)}, "ClusterRole"),
    ]


def _binding(kind: str, metadata: dict[str, str], role: str) -> dict[str, Any]:
    return {
        "apiVersion": f"{_RBAC}/v1",
        "kind": kind,
        "metadata": metadata,
        "roleRef": {"apiGroup": _RBAC, "kind": role, "name": metadata["name"]},
        "subjects": [{"kind": "ServiceAccount", "name": names.API_ACCOUNT, "namespace": names.NAMESPACE_API}],
    }
