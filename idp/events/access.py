"""What the Sensor may do: create Workflows where runs are, and nothing else anywhere."""

from typing import Any

from idp import names


def sensor_access() -> list[dict[str, Any]]:
    """The account beside the Sensor; the Role, and its binding, where the Workflows are."""
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": names.SENSOR_ACCOUNT}
    account = {"kind": "ServiceAccount", "name": names.SENSOR_ACCOUNT, "namespace": names.NAMESPACE_EVENTS}
    rules = [{"apiGroups": ["argoproj.io"], "resources": ["workflows"], "verbs": ["create"]}]
    rbac = "rbac.authorization.k8s.io/v1"
    metadata = {"name": names.SENSOR_ACCOUNT, "namespace": names.NAMESPACE_RUNS}
    return [
        {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": names.SENSOR_ACCOUNT, "namespace": names.NAMESPACE_EVENTS},
        },
        {"apiVersion": rbac, "kind": "Role", "metadata": metadata, "rules": rules},
        {"apiVersion": rbac, "kind": "RoleBinding", "metadata": metadata, "roleRef": role, "subjects": [account]},
    ]
