"""Shapes of what serves the API: its Deployment, Service, budget and Ingress, and the NetworkPolicies around all of idp."""

from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field

from idp.events.model import Metadata, Model
from idp.events.pods import ContainerSecurity, PodSecurity, Resources

T = TypeVar("T")
One = Annotated[list[T], Field(min_length=1, max_length=1)]


class LabelledMetadata(Metadata):
    """Of an object that others are found by."""

    labels: dict[str, str]


class Labels(Model):
    """Pods or namespaces that have all of them; none are every one."""

    match_labels: dict[str, str] | None = None


# Service, budget and Ingress.


class Port(Model):
    """A pod's port by its name."""

    name: str
    port: int
    target_port: str


class ServiceSpec(Model):
    """Pods behind one address."""

    selector: dict[str, str]
    ports: One[Port]


class Service(Model):
    """Within the cluster."""

    api_version: Literal["v1"]
    kind: Literal["Service"]
    metadata: LabelledMetadata
    spec: ServiceSpec


class BudgetSpec(Model):
    """One at a time, and never a broken one in the way."""

    max_unavailable: Literal[1]
    selector: Labels
    unhealthy_pod_eviction_policy: Literal["AlwaysAllow"]


class PodDisruptionBudget(Model):
    """How a node may be emptied."""

    api_version: Literal["policy/v1"]
    kind: Literal["PodDisruptionBudget"]
    metadata: LabelledMetadata
    spec: BudgetSpec


class BackendPort(Model):
    """Of a Service."""

    number: int


class BackendService(Model):
    """In the Ingress's namespace."""

    name: str
    port: BackendPort


class Backend(Model):
    """Behind a path."""

    service: BackendService


class Path(Model):
    """All of a host."""

    path: Literal["/"]
    path_type: Literal["Prefix"]
    backend: Backend


class Http(Model):
    """Paths of a host."""

    paths: One[Path]


class IngressRule(Model):
    """A host."""

    host: str
    http: Http


class IngressSpec(Model):
    """Class and certificate are patches of the installation."""

    rules: One[IngressRule]


class Ingress(Model):
    """From outside of the cluster."""

    api_version: Literal["networking.k8s.io/v1"]
    kind: Literal["Ingress"]
    metadata: Metadata
    spec: IngressSpec


# The Deployment.


class Rolling(Model):
    """Never fewer than there should be."""

    max_surge: int
    max_unavailable: Literal[0]


class Strategy(Model):
    """How a new version comes."""

    type: Literal["RollingUpdate"]
    rolling_update: Rolling


class Spread(Model):
    """A wish."""

    max_skew: Literal[1]
    topology_key: str
    when_unsatisfiable: Literal["ScheduleAnyway"]
    label_selector: Labels


class SecretKey(Model):
    """Must be there before the pod is."""

    name: str
    key: str


class ValueSource(Model):
    """The one kind we use."""

    secret_key_ref: SecretKey


class Variable(Model):
    """A value, or where it is from."""

    name: str
    value: str | None = None
    value_from: ValueSource | None = None


class ContainerPort(Model):
    """By name."""

    name: str
    container_port: int


class Asked(Model):
    """Over HTTP."""

    path: str
    port: str


class Probe(Model):
    """What the kubelet asks, and how patient it is."""

    http_get: Asked
    timeout_seconds: int
    period_seconds: int
    failure_threshold: int


class Sleep(Model):
    """Before the signal to stop."""

    seconds: int


class PreStop(Model):
    """The one kind we use: no shell."""

    sleep: Sleep


class Lifecycle(Model):
    """What comes before the end."""

    pre_stop: PreStop


class Mount(Model):
    """A volume in the container."""

    name: str
    mount_path: str
    read_only: Literal[True] | None = None


class ServingContainer(Model):
    """The API."""

    name: str
    image: str
    image_pull_policy: Literal["IfNotPresent"]
    command: list[str]
    args: list[str]
    env: list[Variable]
    ports: One[ContainerPort]
    startup_probe: Probe
    liveness_probe: Probe
    readiness_probe: Probe
    lifecycle: Lifecycle
    resources: Resources
    security_context: ContainerSecurity
    volume_mounts: list[Mount]


class SecretVolume(Model):
    """Each key is a file."""

    secret_name: str
    optional: Literal[True] | None = None


class Folder(Model):
    """Gone with the pod."""

    size_limit: str


class Volume(Model):
    """A secret, or a folder."""

    name: str
    secret: SecretVolume | None = None
    empty_dir: Folder | None = None


class PodSpec(Model):
    """Of the API's pods."""

    service_account_name: str
    automount_service_account_token: Literal[True]
    enable_service_links: Literal[False]
    termination_grace_period_seconds: int
    security_context: PodSecurity
    topology_spread_constraints: list[Spread]
    containers: One[ServingContainer]
    volumes: list[Volume]


class PodMetadata(Model):
    """What they are found by."""

    labels: dict[str, str]


class PodTemplate(Model):
    """What a pod is made from."""

    metadata: PodMetadata
    spec: PodSpec


class DeploymentSpec(Model):
    """How many, and of what."""

    replicas: int
    revision_history_limit: int
    selector: Labels
    strategy: Strategy
    template: PodTemplate


class Deployment(Model):
    """Pods that are all the same."""

    api_version: Literal["apps/v1"]
    kind: Literal["Deployment"]
    metadata: LabelledMetadata
    spec: DeploymentSpec


# The network.


class Peer(Model):
    """Pods of the policy's own namespace, or of those selected."""

    namespace_selector: Labels | None = None
    pod_selector: Labels | None = None


class NetworkPort(Model):
    """Of a pod."""

    protocol: Literal["TCP", "UDP"]
    port: int


class Taken(Model):
    """What may come in."""

    peers: One[Peer] | None = Field(default=None, alias="from")
    ports: list[NetworkPort]


class Given(Model):
    """What may go out."""

    peers: One[Peer] | None = Field(default=None, alias="to")
    ports: list[NetworkPort]


class NetworkPolicySpec(Model):
    """Both directions are always judged."""

    pod_selector: Labels
    policy_types: list[Any]
    ingress: Annotated[list[Taken], Field(min_length=1)] | None = None
    egress: list[Given]


class Description(Model):
    """For people."""

    text: str = Field(alias="kubernetes.io/description")


class DescribedMetadata(Metadata):
    """Says why it is there."""

    annotations: Description


class NetworkPolicy(Model):
    """What its pods may take and give."""

    api_version: Literal["networking.k8s.io/v1"]
    kind: Literal["NetworkPolicy"]
    metadata: DescribedMetadata
    spec: NetworkPolicySpec
