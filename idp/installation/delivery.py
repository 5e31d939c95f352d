"""What a cluster has beside idp where it carries applications: a namespace for builds, and rights for the steps.

Needs Argo CD and Argo Rollouts. Not part of the manifests' own kustomization: an installation names the folder
`manifests/delivery` in its, and tells steps where the registry is (IDP_TARGET_SETTINGS).
"""

from typing import Any, Final

from idp import names

_RBAC: Final = "rbac.authorization.k8s.io"
_TLS: Final = 443
_ROLLOUTS: Final = "argoproj.io"
_WRITE: Final = ("get", "list", "create", "patch", "delete")
_READ: Final = ("get", "list")

Rules = list[dict[str, Any]]


def _rule(group: str, resource: str, *verbs: str) -> dict[str, Any]:
    return {"apiGroups": [group], "resources": [resource], "verbs": list(verbs)}


_SEE: Final = [_rule(_ROLLOUTS, "rollouts", "get"), _rule(_ROLLOUTS, "analysisruns", "list"), _rule("", "pods", "list")]
"""In environments: how a version does, and what its analysis said. No log of an application, and no Secret."""

RIGHTS: Final[dict[tuple[str, str | None], Rules]] = {
    ("look", None): [_rule(_ROLLOUTS, "rollouts", "get")],
    ("configure", None): _SEE,
    ("look", names.NAMESPACE_ARGO_CD): [_rule(_ROLLOUTS, "applications", *_READ)],
    ("configure", names.NAMESPACE_ARGO_CD): [
        _rule(_ROLLOUTS, "applications", *_WRITE),
        _rule(_ROLLOUTS, "appprojects", *_WRITE),
    ],
    ("look", names.NAMESPACE_STATE): [_rule("", "configmaps", *_READ)],
    ("configure", names.NAMESPACE_STATE): [_rule("", "configmaps", *_WRITE)],
    ("configure", names.NAMESPACE_BUILDS): [
        _rule("batch", "jobs", "get", "create", "delete"),
        _rule("", "pods", "list"),
        _rule("", "pods/log", "get"),
    ],
}
"""Account and namespace (None: all) -> what it may there beside what `idp.workflows.access` gives. Guard rails say which names."""


def delivery() -> list[dict[str, Any]]:
    """The namespace, who may talk to whom there, and the rights."""
    return [
        _namespace(),
        *_network_policies(),
        *(each for (account, namespace), rules in RIGHTS.items() for each in _granted(account, namespace, rules)),
    ]


def _namespace() -> dict[str, Any]:
    """`baseline`: a build makes user namespaces. Nothing of idp's own runs here, and no account has a right."""
    labels = {f"pod-security.kubernetes.io/{mode}": "baseline" for mode in ("enforce", "audit", "warn")}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": names.NAMESPACE_BUILDS, "labels": labels}}


def _network_policies() -> list[dict[str, Any]]:
    """Builds run what repositories say: they reach git servers and registries by TLS, and not the cluster's own networks."""
    ports = [{"protocol": protocol, "port": 53} for protocol in ("UDP", "TCP")]
    lookup = {
        "to": [{"namespaceSelector": {"matchLabels": {names.LABEL_NAMESPACE: "kube-system"}}}],
        "ports": ports,
    }
    outside = {
        "to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": list(_INSIDE)}}],
        "ports": [{"protocol": "TCP", "port": _TLS}],
    }
    why = (
        "Builds look names up and fetch over TLS from outside; nobody calls them. A git server or a registry inside"
        " needs a policy of the installation's own."
    )
    return [
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {
                "name": "builds",
                "namespace": names.NAMESPACE_BUILDS,
                "annotations": {names.ANNOTATION_DESCRIPTION: why},
            },
            "spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"], "egress": [lookup, outside]},
        }
    ]


_INSIDE: Final = ("10.0.0.0/8", "168.63.129.16/32", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16")
"""Private networks, and where clouds tell machines who they are."""


def _granted(account: str, namespace: str | None, rules: Rules) -> tuple[dict[str, Any], dict[str, Any]]:
    kind = "Role" if namespace else "ClusterRole"
    name = f"{account}-applications"
    metadata = {"name": name, "namespace": namespace} if namespace else {"name": names.cluster_role(name)}
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
