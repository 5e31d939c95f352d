"""The part of Argo Events v1.9.11 that we write, as strict models.

`hera.events` cannot be used: its models leave out apiVersion and kind, drop the object a trigger creates and put `webhook`
where nothing reads it (tests/events/test_hera_canaries.py says which, and fails when that is mended). Argo Events' own
definitions take any field, so a typing error would only show at run time; here it does when the object is made.
"""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from idp.events.model import Metadata, Model
from idp.events.pods import Container, PodSecurity, PodTemplate


class SecretKey(Model):
    """One key of a Secret in the same namespace."""

    name: str
    key: str


# The bus.


class Persistence(Model):
    """A volume per server; without it a restart loses what is on the bus."""

    access_mode: Literal["ReadWriteOnce"] = "ReadWriteOnce"
    volume_size: str


class Selector(Model):
    """Pods by their labels."""

    match_labels: dict[str, str]


class AffinityTerm(Model):
    """Which pods, and over what they are to be spread."""

    topology_key: Literal["kubernetes.io/hostname"]
    label_selector: Selector


class WeightedTerm(Model):
    """A wish, not a condition."""

    weight: Literal[100]
    term: AffinityTerm = Field(alias="podAffinityTerm")


class AntiAffinity(Model):
    """Pods that had better not be together."""

    preferred: Annotated[list[WeightedTerm], Field(min_length=1, max_length=1)] = Field(
        alias="preferredDuringSchedulingIgnoredDuringExecution"
    )


class Affinity(Model):
    """The one kind we use."""

    pod_anti_affinity: AntiAffinity


class JetStream(Model):
    """Servers that the Argo Events controller runs. `stream_config` is YAML, read once: when the stream is made."""

    version: Literal["2.10.29"]
    replicas: Literal[1, 3, 5]
    persistence: Persistence
    settings: str
    stream_config: str
    security_context: PodSecurity
    container_template: Container
    reloader_container_template: Container
    metrics_container_template: Container
    affinity: Affinity


class EventBusSpec(Model):
    """One kind of bus: JetStream."""

    jetstream: JetStream


class EventBus(Model):
    """What carries events from EventSource to Sensor, in their namespace."""

    api_version: Literal["argoproj.io/v1alpha1"] = "argoproj.io/v1alpha1"
    kind: Literal["EventBus"] = "EventBus"
    metadata: Metadata
    spec: EventBusSpec


# The source.


class Webhook(Model):
    """One endpoint. A filter is left out on purpose: it would answer 200 to what it drops."""

    endpoint: str = Field(pattern=r"^/[a-z0-9-]+$")
    method: Literal["POST"] = "POST"
    port: str = Field(pattern=r"^[0-9]+$")
    max_payload_size: int
    auth_secret: SecretKey


class ServicePort(Model):
    """Of the EventSource's Service."""

    name: str
    port: int
    target_port: int


class Service(Model):
    """The Service that the controller makes: `<EventSource>-eventsource-svc`."""

    ports: list[ServicePort]


class EventSourceSpec(Model):
    """Webhooks by event name."""

    event_bus_name: str
    replicas: int
    template: PodTemplate
    service: Service
    webhook: dict[str, Webhook]


class EventSource(Model):
    """What takes events from the API."""

    api_version: Literal["argoproj.io/v1alpha1"] = "argoproj.io/v1alpha1"
    kind: Literal["EventSource"] = "EventSource"
    metadata: Metadata
    spec: EventSourceSpec


# The sensor.


class Dependency(Model):
    """An event that a trigger waits for. Its name is that of a durable consumer: renaming it loses what waits there."""

    name: str
    event_source_name: str
    event_name: str


class ParameterSource(Model):
    """Where a value comes from. There is no `value`: Argo Events would use it where the key is missing, and say nothing."""

    dependency_name: str
    data_key: str


class Parameter(Model):
    """A value of the event, and where it goes (a path as sjson reads it)."""

    src: ParameterSource
    dest: str


class Source(Model):
    """The object to create, before its parameters are set."""

    resource: dict[str, Any]


class KubernetesTrigger(Model):
    """Creates; a name that exists is refused by the cluster, which is what makes a run happen once."""

    operation: Literal["create"] = "create"
    source: Source
    parameters: list[Parameter]


class LogTrigger(Model):
    """Writes the event to the Sensor's log."""


class TriggerTemplate(Model):
    """Exactly one kind of trigger. Without `conditions` it would wait for an event of every dependency."""

    name: str
    conditions: str | None = None
    k8s: KubernetesTrigger | None = Field(default=None, alias="k8s")
    log: LogTrigger | None = None

    @model_validator(mode="after")
    def one_kind_of_trigger(self) -> "TriggerTemplate":
        """Argo Events would carry out the first it knows."""
        if (self.k8s is None) == (self.log is None):
            message = f"trigger {self.name}: exactly one of k8s and log"
            raise ValueError(message)
        return self


class Backoff(Model):
    """`duration` in Go's notation; `factor` a number."""

    steps: int = Field(ge=1)
    duration: str = Field(pattern=r"^[0-9]+(ms|s|m)$")
    factor: int = Field(ge=1)


class Trigger(Model):
    """What happens for an event. Argo Events ignores retries and the dead-letter trigger unless `atLeastOnce` is true."""

    template: TriggerTemplate
    at_least_once: Literal[True] = True
    retry_strategy: Backoff
    dlq_trigger: "Trigger | None" = None


class SensorSpec(Model):
    """Dependencies and triggers, in the catalogue's order."""

    event_bus_name: str
    replicas: Literal[1]
    template: PodTemplate
    dependencies: list[Dependency]
    triggers: list[Trigger]


class Sensor(Model):
    """What makes a Workflow of an event."""

    api_version: Literal["argoproj.io/v1alpha1"] = "argoproj.io/v1alpha1"
    kind: Literal["Sensor"] = "Sensor"
    metadata: Metadata
    spec: SensorSpec
