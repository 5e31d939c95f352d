"""The API in the cluster: two servers that any node may lose, behind one Service."""

from typing import Any, Final

from idp import names
from idp.capability import Catalog

_LABELS: Final = {names.LABEL_APP: names.API}
_USER: Final = 10001
"""Of the API image; a number, as `runAsNonRoot` cannot check a name."""

_PORT: Final = "http"
_LEAVING_SECONDS: Final = 5
"""Until every node knows that a server which is to stop gets no more calls."""
_GRACE_SECONDS: Final = 45
"""Leaving, and then the calls that are still open: history streams end at once, a request waits for its commit."""

_TOKEN: Final = "event-source"  # noqa: S105 - a volume's name
_HOOKS: Final = "hooks"
_GIT_SERVERS: Final = "git-servers"
_TEMPORARY: Final = "tmp"


def api(catalog: Catalog, reference: str) -> list[dict[str, Any]]:
    """Deployment, Service and PodDisruptionBudget. `reference` is the catalogue's own name (`module:name`)."""
    return [_deployment(catalog, reference), _service(), _disruption()]


def _metadata() -> dict[str, Any]:
    return {"name": names.API, "namespace": names.NAMESPACE_API, "labels": _LABELS}


def _deployment(catalog: Catalog, reference: str) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": _metadata(),
        "spec": {
            "replicas": 2,
            "revisionHistoryLimit": 3,
            "selector": {"matchLabels": _LABELS},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
            "template": {"metadata": {"labels": _LABELS}, "spec": _pod(catalog, reference)},
        },
    }


def _pod(catalog: Catalog, reference: str) -> dict[str, Any]:
    return {
        "serviceAccountName": names.API_ACCOUNT,
        "automountServiceAccountToken": True,
        "enableServiceLinks": False,  # a Service's name would become a variable, and IDP_... are settings
        "terminationGracePeriodSeconds": _GRACE_SECONDS,
        "securityContext": {
            "fsGroup": _USER,
            "runAsGroup": _USER,
            "runAsNonRoot": True,
            "runAsUser": _USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "topologySpreadConstraints": [_spread("kubernetes.io/hostname"), _spread("topology.kubernetes.io/zone")],
        "containers": [_container(catalog, reference)],
        "volumes": [
            {"name": _TOKEN, "secret": {"secretName": names.EVENT_SOURCE_SECRET}},
            {"name": _HOOKS, "secret": {"secretName": names.HOOKS_SECRET, "optional": True}},
            {"name": _GIT_SERVERS, "secret": {"secretName": names.GIT_SERVERS_SECRET, "optional": True}},
            {"name": _TEMPORARY, "emptyDir": {"sizeLimit": "64Mi"}},
        ],
    }


def _spread(over: str) -> dict[str, Any]:
    """A wish: on one node both servers are better than one."""
    return {
        "maxSkew": 1,
        "topologyKey": over,
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": _LABELS},
    }


def _container(catalog: Catalog, reference: str) -> dict[str, Any]:
    return {
        "name": names.API,
        "image": catalog.images.api,
        "imagePullPolicy": "IfNotPresent",
        "command": ["python", "-m", "idp.cli"],
        "args": ["serve"],
        "env": [*_environment(catalog, reference), _ledger_url()],
        "ports": [{"name": _PORT, "containerPort": names.API_PORT}],
        "startupProbe": {**_asked("/livez"), "periodSeconds": 2, "failureThreshold": 60},
        "livenessProbe": {**_asked("/livez"), "periodSeconds": 10, "failureThreshold": 6},
        "readinessProbe": {**_asked("/readyz"), "periodSeconds": 5, "failureThreshold": 2},
        "lifecycle": {"preStop": {"sleep": {"seconds": _LEAVING_SECONDS}}},
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "512Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
        "volumeMounts": [
            {"name": _TOKEN, "mountPath": names.EVENT_SOURCE_TOKEN_FILE.rpartition("/")[0], "readOnly": True},
            {"name": _HOOKS, "mountPath": names.HOOK_KEY_FILE.rpartition("/")[0], "readOnly": True},
            {"name": _GIT_SERVERS, "mountPath": names.GIT_SERVERS_FOLDER, "readOnly": True},
            {"name": _TEMPORARY, "mountPath": "/tmp"},  # noqa: S108 - the container's own
        ],
    }


def _asked(path: str) -> dict[str, Any]:
    """`/readyz` writes to the ledger: a few seconds for a database that is busy."""
    return {"httpGet": {"path": path, "port": _PORT}, "timeoutSeconds": 5}


def _environment(catalog: Catalog, reference: str) -> list[dict[str, Any]]:
    """Settings of `idp serve`. An installation patches the issuer, which is its own, and what else is elsewhere there."""
    values = {
        "IDP_ENGINE": "argo",
        "IDP_HOST": "0.0.0.0",  # noqa: S104 - the pod's own address; who reaches it is the NetworkPolicy's to say
        "IDP_PORT": str(names.API_PORT),
        "IDP_CATALOG": reference,
        "IDP_ISSUER": f"https://{names.host('login', catalog.domain)}",
        "IDP_AUDIENCE": names.TOKEN_AUDIENCE,
        "IDP_RUNS_NAMESPACE": names.NAMESPACE_RUNS,
        "IDP_LEDGER_SIGN_IN": "password",
        "IDP_EVENT_SOURCE_URL": names.EVENT_SOURCE_URL,
        "IDP_EVENT_SOURCE_TOKEN_FILE": names.EVENT_SOURCE_TOKEN_FILE,
        "IDP_HOOK_KEY_FILE": names.HOOK_KEY_FILE,
        "IDP_PUBLIC_URL": f"https://{names.host(names.API, catalog.domain)}",
        "IDP_ARGO_SERVER_URL": names.ARGO_SERVER_URL,
        "IDP_ARGO_UI_URL": f"https://{names.host('argoworkflows', catalog.domain)}",
    }
    return [{"name": name, "value": value} for name, value in values.items()]


def _ledger_url() -> dict[str, Any]:
    """Not optional: without the Secret the server does not start, where it would keep its ledger in a file that goes with it."""
    secret = {"name": names.LEDGER_SECRET, "key": names.LEDGER_SECRET_KEY}
    return {"name": "IDP_LEDGER_URL", "valueFrom": {"secretKeyRef": secret}}


def _service() -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": _metadata(),
        "spec": {"selector": _LABELS, "ports": [{"name": _PORT, "port": names.API_PORT, "targetPort": _PORT}]},
    }


def _disruption() -> dict[str, Any]:
    """A node may be emptied; one at a time. A server that does not work anyway never stands in the way."""
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": _metadata(),
        "spec": {
            "maxUnavailable": 1,
            "selector": {"matchLabels": _LABELS},
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
        },
    }
