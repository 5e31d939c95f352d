"""What every account of idp may do: all of it, as `kubectl auth can-i --list` says, against a table written by hand."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import pytest

from idp import names
from idp.catalog import CATALOG
from idp.render.objects import delivery_objects, objects
from tests.cluster.asking import Asking, asking
from tests.cluster.installed import applications
from tests.cluster.kubectl import Kubectl

_KINDS: Final = {"Namespace", "ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"}

NAMESPACES: Final = (
    *("idp", "idp-events", "idp-runs", "idp-state", "argo", "default", "kube-system"),
    *(("idp-builds", "argocd") if applications() else ()),
)

Rights = dict[str, str]
"""Group/resource[: names] -> verbs."""

_READ_BUNDLE: Final = {
    "/resourcequotas: quota": "get",
    "/limitranges: defaults": "get",
    "/serviceaccounts: workload": "get",
    "/configmaps: application-settings,maintenance-notice": "get",
    "networking.k8s.io/networkpolicies: allow-own-dns-and-edge,default-deny": "get",
    "rbac.authorization.k8s.io/rolebindings: team": "get",
}
_SECRETS: Final = ("external-secrets.io/secretstores", "external-secrets.io/externalsecrets")
_WRITE_BUNDLE: Final = {
    **dict.fromkeys(_READ_BUNDLE, "get update"),
    "/resourcequotas": "create",
    "/limitranges": "create",
    "/serviceaccounts": "create",
    "/configmaps": "create",
    "networking.k8s.io/networkpolicies": "create",
    "rbac.authorization.k8s.io/rolebindings": "create",
}

EVERYWHERE: Final[dict[str, Rights]] = {
    "idp/api": {"authentication.k8s.io/tokenreviews": "create"},
    "idp-events/sensor": {},
    "idp-runs/executor": {},
    "idp-runs/look": {"/namespaces": "get", **_READ_BUNDLE, **dict.fromkeys(_SECRETS, "get")},
    "idp-runs/apply": {},
    "idp-runs/configure": {
        "/namespaces": "create delete get update",
        **_WRITE_BUNDLE,
        **dict.fromkeys(_SECRETS, "create delete get update"),
        "rbac.authorization.k8s.io/clusterroles: edit": "bind",
    },
    "idp/default": {},
    "idp-events/default": {},
    "idp-runs/default": {},
    "idp-state/default": {},
}
"""Account -> what it may in every namespace."""

SOMEWHERE: Final[dict[tuple[str, str], Rights]] = {
    ("idp/api", "idp-runs"): {
        "argoproj.io/workflows": "get list patch update watch",
        "/pods": "get list",
        "/pods/log": "get",
    },
    ("idp-events/sensor", "idp-runs"): {"argoproj.io/workflows": "create"},
    ("idp-runs/executor", "idp-runs"): {"argoproj.io/workflowtaskresults": "create patch"},
    ("idp-runs/look", "idp-state"): {
        "/secrets": "create get list update",
        "coordination.k8s.io/leases": "create get update",
    },
    ("idp-runs/apply", "idp-state"): {
        "/secrets": "create delete get list update",
        "coordination.k8s.io/leases": "create delete get list update",
    },
}
"""Account and namespace -> what it may there besides."""

DELIVERY: Final[dict[tuple[str, str], Rights]] = {
    ("idp-runs/look", ""): {"argoproj.io/rollouts": "get"},
    ("idp-runs/configure", ""): {
        "argoproj.io/rollouts": "get",
        "argoproj.io/analysisruns": "list",
        "/pods": "list",
    },
    ("idp-runs/look", "argocd"): {"argoproj.io/applications": "get list"},
    ("idp-runs/configure", "argocd"): {
        "argoproj.io/applications": "create delete get list patch",
        "argoproj.io/appprojects": "create delete get list patch",
    },
    ("idp-runs/look", "idp-state"): {"/configmaps": "get list"},
    ("idp-runs/configure", "idp-state"): {"/configmaps": "create delete get list patch"},
    ("idp-runs/configure", "idp-builds"): {"batch/jobs": "create delete get", "/pods": "list", "/pods/log": "get"},
}
"""What `manifests/delivery` gives besides, where applications are delivered; no namespace: in every one."""

_EVERYBODY: Final = {
    "authentication.k8s.io/selfsubjectreviews": "create",
    "authorization.k8s.io/selfsubjectaccessreviews": "create",
    "authorization.k8s.io/selfsubjectrulesreviews": "create",
}
"""What Kubernetes lets every account do: ask about itself."""


@pytest.fixture(scope="module")
def cluster(kubectl: Kubectl) -> Iterator[Asking]:
    """With the accounts and their rights as they are rendered."""
    rendered = [each for group in objects(CATALOG, "idp.catalog:CATALOG").values() for each in group]
    if applications():
        rendered += [each for group in delivery_objects().values() for each in group]
    kubectl.apply(*(each for each in rendered if each["kind"] == "Namespace"))
    kubectl.apply(*(each for each in rendered if each["kind"] in _KINDS))
    with asking() as found:
        yield found


@pytest.mark.parametrize("namespace", NAMESPACES)
@pytest.mark.parametrize("account", EVERYWHERE)
def test_an_account_may_what_the_table_says_and_nothing_else(cluster: Asking, account: str, namespace: str) -> None:
    given = [_EVERYBODY, EVERYWHERE[account], SOMEWHERE.get((account, namespace), {})]
    if applications():
        given += [DELIVERY.get((account, place), {}) for place in ("", namespace)]

    assert rights(cluster, account, namespace) == _together(given)


def _together(given: Iterable[Rights]) -> Rights:
    found: dict[str, set[str]] = {}
    for rights in given:
        for right, verbs in rights.items():
            found.setdefault(right, set()).update(verbs.split())
    return {right: " ".join(sorted(verbs)) for right, verbs in found.items()}


def rights(cluster: Asking, account: str, namespace: str) -> Rights:
    """All that RBAC gives it there. One that Kubernetes knows in part only would be no proof."""
    answer = cluster(
        "POST",
        "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
        user=names.account(*account.split("/")),
        body={"spec": {"namespace": namespace}},
        dry=False,
    )
    assert answer.message == ""
    status = answer.body["status"]
    assert status["incomplete"] is False
    return _together({right: " ".join(rule["verbs"])} for rule in status["resourceRules"] for right in _named(rule))


def _named(rule: dict[str, Any]) -> Iterator[str]:
    only = f": {','.join(sorted(rule['resourceNames']))}" if rule.get("resourceNames") else ""
    for group in rule["apiGroups"]:
        for resource in rule["resources"]:
            yield f"{group}/{resource}{only}"


def test_the_table_has_every_account_that_is_rendered() -> None:
    rendered = [
        f"{each['metadata']['namespace']}/{each['metadata']['name']}"
        for group in objects(CATALOG, "idp.catalog:CATALOG").values()
        for each in group
        if each["kind"] == "ServiceAccount"
    ]
    defaults = [each for each in EVERYWHERE if each.endswith("/default")]

    assert sorted(EVERYWHERE) == sorted([*rendered, *defaults])


def test_a_right_that_is_too_much_would_be_seen(cluster: Asking, kubectl: Kubectl) -> None:
    rbac = "rbac.authorization.k8s.io"
    metadata = {"name": "too-much", "namespace": "idp-events"}
    subject = {"kind": "ServiceAccount", "name": "sensor", "namespace": "idp-events"}
    kubectl.apply(
        {
            "apiVersion": f"{rbac}/v1",
            "kind": "RoleBinding",
            "metadata": metadata,
            "roleRef": {"apiGroup": rbac, "kind": "ClusterRole", "name": "view"},
            "subjects": [subject],
        }
    )
    try:
        assert "/pods" in rights(cluster, "idp-events/sensor", "idp-events")
    finally:
        kubectl("-n", "idp-events", "delete", "rolebinding", "too-much")
