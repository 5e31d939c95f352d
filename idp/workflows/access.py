"""Who the steps of a run are to the cluster, and what each may do there: plain objects, without Hera.

One ServiceAccount per privilege. A step talks to the API with its projected token and to the target with that of its
workload identity; in the cluster itself it needs nothing, and its Role says so.
"""

from typing import Any, Final, get_args

from idp import names
from idp.steps import Privilege

EXECUTOR: Final = "executor"
"""Argo's own containers in the pod, which report results; no step has its token."""

_RULES: Final[dict[str, list[dict[str, list[str]]]]] = {
    **{privilege: [] for privilege in get_args(Privilege)},
    EXECUTOR: [{"apiGroups": ["argoproj.io"], "resources": ["workflowtaskresults"], "verbs": ["create", "patch"]}],
}


def run_access() -> list[dict[str, Any]]:
    """ServiceAccount, Role and RoleBinding of each privilege and of the executor, and the executor's token."""
    accounts = [each for name, rules in _RULES.items() for each in (_account(name), _role(name, rules), _binding(name))]
    return [*accounts, _executor_token()]


def _account(name: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": name, "namespace": names.NAMESPACE_RUNS},
        "automountServiceAccountToken": False,
    }


def _role(name: str, rules: list[dict[str, list[str]]]) -> dict[str, Any]:
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": {"name": name, "namespace": names.NAMESPACE_RUNS},
        "rules": rules,
    }


def _binding(name: str) -> dict[str, Any]:
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": name, "namespace": names.NAMESPACE_RUNS},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name},
        "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": names.NAMESPACE_RUNS}],
    }


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
