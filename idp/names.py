"""Every string that two places must agree on, as a function or a constant.

Nothing here asks the world anything. Lengths: a capability is at most 30 characters, a request id 26, so that a run's
name (the Workflow's `metadata.name` and the label `idp.io/run`) is at most 57 of the 63 that Argo and Kubernetes allow.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from typing import Final

LABEL: Final = "idp.io"
"""Prefix of our labels and annotations."""

LABEL_CAPABILITY: Final = f"{LABEL}/capability"
LABEL_REQUEST: Final = f"{LABEL}/request"
LABEL_TEAM: Final = f"{LABEL}/team"
LABEL_VERB: Final = f"{LABEL}/verb"
LABEL_CLIENT: Final = f"{LABEL}/client"
"""`true` on a namespace whose pods may call the API and read figures: the edge's, the monitoring's."""
LABEL_APPLICATION: Final = f"{LABEL}/application"
LABEL_APP: Final = "app.kubernetes.io/name"
LABEL_NAMESPACE: Final = "kubernetes.io/metadata.name"
"""The label that Kubernetes itself puts on every namespace."""
ANNOTATION_REQUESTER: Final = f"{LABEL}/requester"
ANNOTATION_RESOURCE: Final = f"{LABEL}/resource"
"""An annotation: with 120 characters at the most it can be too long for a label (63)."""
ANNOTATION_TITLE: Final = "workflows.argoproj.io/title"
"""Read by the Argo UI, v3.6 and later."""
ANNOTATION_DESCRIPTION: Final = "kubernetes.io/description"
"""What an object is for, to people."""

RUNNER_CONFIG: Final = "runner"
"""The ConfigMap with what differs between installations; the only way such values reach a step."""
RUNNER_CONFIG_KEYS: Final = (
    "IDP_API_URL",
    "IDP_TARGET",
    "IDP_STATE_BACKEND",
    "IDP_TARGET_SETTINGS",
    "IDP_GUARDRAIL_SETTINGS",
)
"""Its keys: the API's address, the folder of `infra/targets`, and JSON objects of Terraform backend settings, of what the
target is told, and of what guardrails allow here and not elsewhere."""

ARTIFACT_REPOSITORIES: Final = "artifact-repositories"
"""The ConfigMap in which Argo looks where a namespace keeps its artifacts; the installation's own."""
GUARDRAILS: Final = "guardrails"
"""The ConfigMap with the users and groups that the admission policies let pass."""

WORK_FOLDER: Final = "/work"
TOKEN_FOLDER: Final = "/var/run/idp"  # noqa: S105 - a folder
TOKEN_FILE: Final = f"{TOKEN_FOLDER}/token"
TOKEN_AUDIENCE: Final = "idp"  # noqa: S105 - the `aud` claim
CLUSTER_FOLDER: Final = "/var/run/secrets/kubernetes.io/serviceaccount"
"""Where every client library looks for the way to the pod's own cluster."""

NAMESPACE_RUNS: Final = "idp-runs"
NAMESPACE_EVENTS: Final = "idp-events"
NAMESPACE_API: Final = "idp"
NAMESPACE_ARGO: Final = "argo"
"""Where Argo Workflows is, which is installed beside idp and not by it."""
NAMESPACE_STATE: Final = "idp-state"
"""Terraform's state where the target keeps it in the cluster, and what is known of applications there."""
NAMESPACE_BUILDS: Final = "idp-builds"
"""Images are built here, in pods that have no rights."""
NAMESPACE_ARGO_CD: Final = "argocd"
"""Where Argo CD is, which is installed beside idp and not by it."""

API: Final = "api"
"""Deployment, Service and Ingress of the API."""
API_PORT: Final = 8000
API_URL: Final = f"http://{API}.{NAMESPACE_API}.svc:{API_PORT}"
"""The API's Service, as the cluster's DNS knows it."""

API_ACCOUNT: Final = "api"
"""ServiceAccount of the API, in its own namespace."""
SENSOR_ACCOUNT: Final = "sensor"
"""ServiceAccount of the Sensor, in the namespace of the events: the only one that creates Workflows."""

ARGO_SERVER_PORT: Final = 2746
ARGO_SERVER_URL: Final = f"http://argo-server.{NAMESPACE_ARGO}.svc:{ARGO_SERVER_PORT}"
"""The Argo Server's Service by its upstream name. Plain HTTP within the cluster: TLS ends at the edge."""

LEDGER_SECRET: Final = "ledger"  # noqa: S105 - a Secret's name
LEDGER_SECRET_KEY: Final = "url"  # noqa: S105 - a key
"""Where the API's PostgreSQL is: `postgresql://user:password@host:port/database`."""
EVENT_SOURCE_SECRET: Final = "event-source"  # noqa: S105 - a Secret's name
"""Key `token`: what the API shows the EventSource; the same in both their namespaces."""
EVENT_SOURCE_TOKEN_FILE: Final = "/var/run/idp-event-source/token"  # noqa: S105 - a file
"""Where the API finds it; read again as it rotates."""
HOOKS_SECRET: Final = "hooks"  # noqa: S105 - a Secret's name
"""Key `key`: 32 random bytes or more, of which the secrets of hooks are derived. Without it no hooks are taken."""
HOOK_KEY_FILE: Final = "/var/run/idp-hooks/key"
GIT_SERVERS_SECRET: Final = "git-servers"  # noqa: S105 - a Secret's name
"""Each key a token: of the git servers that are told what became of commits (IDP_GIT_SERVERS)."""
GIT_SERVERS_FOLDER: Final = "/var/run/idp-git-servers"

EVENT_SOURCE: Final = "idp"
EVENT_BUS: Final = "default"
SENSOR: Final = "idp"
EVENT_SOURCE_PORT: Final = 12000
EVENT_SOURCE_URL: Final = f"http://{EVENT_SOURCE}-eventsource-svc.{NAMESPACE_EVENTS}.svc:{EVENT_SOURCE_PORT}"
"""Argo Events names the Service after the EventSource."""

APPLICATIONS: Final = "applications"
DEPLOYMENTS: Final = "deployments"
"""The capabilities that pushes are about."""
ENVIRONMENTS_CAPABILITY: Final = "environments"
"""The capability whose resources others live in, and have placements in."""

REQUEST_ID: Final = r"^[0-7][0-9a-hjkmnp-tv-z]{25}$"
"""A lower-case ULID."""

PARAMETER_REQUEST: Final = "request"
PARAMETER_RESOURCE: Final = "resource"
PARAMETER_APPROVAL: Final = "approval"
PARAMETERS: Final = (PARAMETER_REQUEST, PARAMETER_RESOURCE, PARAMETER_APPROVAL)
"""The arguments of every run."""

OUTPUT_CHANGES: Final = "changes"
OUTPUT_DIGEST: Final = "digest"
OUTPUT_PLAN_SHA256: Final = "plan-sha256"
OUTPUT_SUMMARY: Final = "summary"
OUTPUT_OUTPUTS: Final = "outputs"
OUTPUT_IMAGE: Final = "image"
"""What a build hands to the rollout: a JSON object with the image's digest."""

TASK_LOOK: Final = "look"
TASK_GATE: Final = "gate"


def account(namespace: str, name: str) -> str:
    """A ServiceAccount as the API server's audit and admission know it."""
    return f"system:serviceaccount:{namespace}:{name}"


def host(name: str, domain: str) -> str:
    """Where people and programs outside of the cluster find it: one label below the domain, as its certificate covers."""
    return f"{name}.{domain}"


def run(capability: str, request_id: str) -> str:
    """The Workflow that fulfils one request: known before it starts, so that the API server refuses a second one."""
    return f"{capability}-{request_id}"


def node_id(run: str, node: str) -> str:
    """Argo's id of a node: the run's name for the root (`RUN`), else that and the FNV-1a hash of the node's (`RUN.look`)."""
    if run == node:
        return run
    number = 0x811C9DC5
    for byte in node.encode():
        number = ((number ^ byte) * 0x01000193) & 0xFFFFFFFF
    return f"{run}-{number}"


def endpoint(capability: str) -> str:
    """Path of the capability's webhook on the EventSource; its name there and the Sensor's dependency is the capability's."""
    return f"/{capability}"


def resource(capability: str, team: str, name: str) -> str:
    """A resource in one string, for the mutex: no part has a dot, so no two resources share it."""
    return f"{capability}.{team}.{name}"


def repository(url: str) -> str:
    """A git repository, whoever writes its address: host and path, as forges tell neither scheme nor case apart."""
    _, _, rest = url.strip().lower().rpartition("://")
    return rest.rstrip("/").removesuffix(".git")


def branch(name: str) -> str:
    """What of a repository asked for a request: a branch."""
    return f"branch:{name}"


def pull(number: int) -> str:
    """The same: a pull request."""
    return f"pull:{number}"


def preview(application: str, number: int) -> str:
    """What is made for a pull request of an application: its environment, and the application in it. At most 30 letters."""
    whole = f"pr-{number}-{application}"
    if len(whole) <= _LONGEST_NAME:
        return whole
    told = hashlib.sha256(application.encode()).hexdigest()[:6]
    return f"{whole[: _LONGEST_NAME - 7].rstrip('-')}-{told}"


def is_preview(name: str, application: str) -> bool:
    """Whether something of this name was made for a pull request of the application."""
    found = _PREVIEW.match(name)
    return found is not None and preview(application, int(found[1])) == name


_LONGEST_NAME: Final = 30
_PREVIEW: Final = re.compile(r"pr-([1-9][0-9]{0,9})-", re.ASCII)


def queue(capability: str, values: Iterable[object]) -> str:
    """Where requests of an action wait for their resource: one queue for each combination of these values."""
    return ":".join([capability, *(json.dumps(value) for value in values)])


_PLACED: Final = ".placed"


def placed(capability: str) -> str:
    """In place of a capability's name, of what its resources are in one environment each: what actions there lock."""
    return f"{capability}{_PLACED}"


def owner(capability: str, name: str) -> tuple[str, str]:
    """Capability and name of the resource itself, of a resource or a placement."""
    return capability.removesuffix(_PLACED), name.partition(".")[0]


def is_placed(capability: str) -> bool:
    """Whether this is such a name; no capability's has a dot."""
    return capability.endswith(_PLACED)


def placement(name: str, environment: str) -> str:
    """The name of a resource's placement in an environment: neither has a dot."""
    return f"{name}.{environment}"


def state_key(team: str, capability: str, name: str) -> str:
    """Where the resource's Terraform state lives, below whatever the backend is."""
    return f"{team}/{capability}/{name}"


def state_secret(state_key: str) -> str:
    """Terraform's `secret_suffix` for a state key: part of a Secret's and a Lease's name, and the value of a label.

    Of the key what is readable, at most 50 characters, and 48 bits of its SHA-256: no more than 63 characters, and never
    an ending that Terraform takes for the number of a part (`-1`). A name once given never changes.
    """
    readable = state_key.replace("/", ".")[:50].rstrip(".-")
    return f"{readable}.{hashlib.sha256(state_key.encode()).hexdigest()[:12]}"


def cluster_role(account: str) -> str:
    """Of an account of the runs: names of ClusterRoles are shared with all that is in the cluster."""
    return f"idp-{account}"


ENVIRONMENTS: Final = "env-"
"""How namespaces of environments begin, and no other: clear of the cluster's own."""


def namespace(team: str, environment: str) -> str:
    """An environment's namespace. A team has no hyphen, so no two share it."""
    return f"{ENVIRONMENTS}{team}-{environment}"


DELIVERED: Final = "app."
"""How names of AppProjects and Applications of Argo CD begin that are made for users, and no others."""


def project(team: str, application: str) -> str:
    """An application's AppProject. No part has a dot, so no two applications share it."""
    return f"{DELIVERED}{team}.{application}"


def delivered(team: str, application: str, environment: str) -> str:
    """A placement's Application in Argo CD: its project's name and the environment."""
    return f"{project(team, application)}.{environment}"
