"""From the API to the Workflow: bus, endpoint, dependency, trigger, key, destination."""

from typing import Final

import yaml

from idp import names
from idp.capability import Capability, Catalog
from idp.events.body import KEYS, NOT_CARRIED
from idp.events.models import EventBus, EventSource, Parameter, Sensor, Trigger, Webhook
from idp.events.pods import Container
from idp.wiring import expected, plain
from idp.wiring.findings import Finding, different, unequal_sets
from idp.wiring.parsed import Parsed, reading
from idp.wiring.shapes import WorkflowTemplate

_GIB: Final = 1024**3


def bus_findings(parsed: Parsed) -> list[Finding]:
    """One bus, which keeps less than its volume holds; source and sensor are on it."""
    buses, where = parsed.all(EventBus), "EventBus"
    found = different(where, "their number", len(buses), 1)
    for bus in buses:
        found += different(where, "metadata.name", bus.metadata.name, names.EVENT_BUS)
        found += different(where, "metadata.namespace", bus.metadata.namespace, names.NAMESPACE_EVENTS)
        found += _stream_findings(bus)
        servers = bus.spec.jetstream
        for each in (
            servers.container_template,
            servers.reloader_container_template,
            servers.metrics_container_template,
        ):
            found += _read_only(where, each, wanted=True)
        apart = bus.spec.jetstream.affinity.pod_anti_affinity.preferred[0].term.label_selector.match_labels
        found += different(where, "the labels of the servers kept apart", apart, expected.SERVERS)
    users: list[EventSource | Sensor] = [*parsed.all(EventSource), *parsed.all(Sensor)]
    for user in users:
        if parsed.named(EventBus, user.metadata.namespace, user.spec.event_bus_name) is None:
            found.append(Finding(user.kind, f"there is no EventBus {user.spec.event_bus_name!r} in its namespace"))
    return found


def _read_only(where: str, container: Container, *, wanted: bool) -> list[Finding]:
    """The Sensor's election writes a log beside itself; nothing else writes."""
    found = container.security_context.read_only_root_filesystem
    return different(where, "readOnlyRootFilesystem", found, wanted)


def _stream_findings(bus: EventBus) -> list[Finding]:
    stream, where = bus.spec.jetstream, "EventBus: streamConfig"
    settings = _mapping(stream.stream_config)
    limit, volume = settings.pop("maxBytes", None), _bytes(stream.persistence.volume_size)
    room = isinstance(limit, int) and volume is not None and 0 < limit < volume
    return [
        *different(where, "all but maxBytes", settings, expected.STREAM),
        *different(where, "servers", stream.replicas, expected.STREAM["replicas"]),
        *different(where, "settings", _mapping(stream.settings), {"sync_interval": "always"}),
        *([] if room else [Finding(where, f"maxBytes {limit!r} is not below the volume ({volume!r} bytes)")]),
    ]


def _mapping(text: str) -> dict[str, object]:
    """Empty where it is no mapping: all that should be there is then missing."""
    try:
        read = yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError:
        return {}
    return read if isinstance(read, dict) else {}


def _bytes(quantity: str) -> int | None:
    number = quantity.removesuffix("Gi")
    return int(number) * _GIB if number.isdecimal() and number != quantity else None


def source_findings(parsed: Parsed, catalog: Catalog) -> list[Finding]:
    """One endpoint per capability, on the one port of the Service."""
    sources, where = parsed.all(EventSource), "EventSource"
    found = different(where, "their number", len(sources), 1)
    for source in sources:
        found += different(where, "metadata.name", source.metadata.name, names.EVENT_SOURCE)
        found += different(where, "metadata.namespace", source.metadata.namespace, names.NAMESPACE_EVENTS)
        found += unequal_sets(where, "webhook", list(source.spec.webhook), [each.name for each in catalog])
        ports = [(port.name, port.port, port.target_port) for port in source.spec.service.ports]
        wanted = [("http", names.EVENT_SOURCE_PORT, names.EVENT_SOURCE_PORT)]
        found += different(where, "service.ports", ports, wanted)
        found += _read_only(where, source.spec.template.container, wanted=True)
        for name, webhook in source.spec.webhook.items():
            found += _webhook_findings(f"{where}: webhook {name}", name, webhook)
    return found


def _webhook_findings(where: str, name: str, webhook: Webhook) -> list[Finding]:
    secret = (webhook.auth_secret.name, webhook.auth_secret.key)
    return [
        *different(where, "endpoint", webhook.endpoint, names.endpoint(name)),
        *different(where, "port", webhook.port, str(names.EVENT_SOURCE_PORT)),
        *different(where, "authSecret", secret, expected.EXTERNAL_SECRET),
    ]


def sensor_findings(parsed: Parsed, catalog: Catalog) -> list[Finding]:
    """One dependency and one trigger per capability; every value of the event goes where it belongs."""
    sensors, where = parsed.all(Sensor), "Sensor"
    found = different(where, "their number", len(sensors), 1)
    wanted = [each.name for each in catalog]
    for sensor in sensors:
        found += different(where, "metadata.name", sensor.metadata.name, names.SENSOR)
        found += different(where, "metadata.namespace", sensor.metadata.namespace, names.NAMESPACE_EVENTS)
        account = sensor.spec.template.service_account_name
        found += different(where, "serviceAccountName", account, expected.SENSOR_ACCOUNT)
        found += _read_only(where, sensor.spec.template.container, wanted=False)
        found += unequal_sets(where, "dependency", [each.name for each in sensor.spec.dependencies], wanted)
        found += unequal_sets(where, "trigger", [each.template.name for each in sensor.spec.triggers], wanted)
        found += _dependency_findings(sensor, parsed)
        for trigger in sensor.spec.triggers:
            found += _trigger_findings(trigger, parsed, catalog)
    return found


def _dependency_findings(sensor: Sensor, parsed: Parsed) -> list[Finding]:
    found: list[Finding] = []
    for dependency in sensor.spec.dependencies:
        where = f"Sensor: dependency {dependency.name}"
        source = parsed.named(EventSource, sensor.metadata.namespace, dependency.event_source_name)
        if source is None:
            found.append(Finding(where, f"there is no EventSource {dependency.event_source_name!r} in its namespace"))
        elif dependency.event_name not in source.spec.webhook:
            found.append(Finding(where, f"the EventSource has no event {dependency.event_name!r}"))
        found += different(where, "eventName", dependency.event_name, dependency.name)
    return found


def _trigger_findings(trigger: Trigger, parsed: Parsed, catalog: Catalog) -> list[Finding]:
    name = trigger.template.name
    where = f"Sensor: trigger {name}"
    capability = next((each for each in catalog if each.name == name), None)
    if trigger.template.k8s is None or capability is None:
        return [Finding(where, "creates nothing for a capability of the catalogue")]
    found = different(where, "conditions", trigger.template.conditions, name)
    created = reading(plain.CreatedWorkflow, trigger.template.k8s.source.resource, where, found)
    if created is not None:
        found += _created_findings(where, created, capability, parsed)
        arguments = [each.name for each in created.spec.arguments.parameters]
        wanted = expected.DESTINATIONS | {
            f"spec.arguments.parameters.{index}.value": argument for index, argument in enumerate(arguments)
        }
        found += _parameter_findings(where, trigger.template.k8s.parameters, name, wanted)
        found += _lost_keys(where, trigger.template.k8s.parameters)
    return found + _undelivered_findings(where, trigger, name)


def _created_findings(
    where: str, created: plain.CreatedWorkflow, capability: Capability, parsed: Parsed
) -> list[Finding]:
    namespace, reference = created.metadata.namespace, created.spec.workflow_template_ref.name
    template = parsed.named(WorkflowTemplate, namespace, reference)
    arguments = [each.name for each in created.spec.arguments.parameters]
    if template is None:
        missing = [Finding(where, f"there is no WorkflowTemplate {reference!r} in namespace {namespace!r}")]
    else:
        known = [each.name for each in template.spec.arguments.parameters]
        missing = unequal_sets(where, "argument", arguments, known)
    return [
        *missing,
        *different(where, "workflowTemplateRef", reference, capability.name),
        *different(where, "namespace of its Workflows", namespace, names.NAMESPACE_RUNS),
        *different(where, "labels", created.metadata.labels, {names.LABEL_CAPABILITY: capability.name}),
    ]


def _parameter_findings(
    where: str, parameters: list[Parameter], dependency: str, wanted: dict[str, str]
) -> list[Finding]:
    """Each destination once, from the key that belongs there, of the trigger's own event."""
    found = unequal_sets(where, "destination", [each.dest for each in parameters], list(wanted))
    for each in parameters:
        place = f"{where}: {each.dest}"
        found += different(place, "dependencyName", each.src.dependency_name, dependency)
        found += different(place, "dataKey", each.src.data_key, f"body.{wanted.get(each.dest)}")
        if each.src.data_key.removeprefix("body.") not in KEYS:
            found.append(Finding(place, f"the event has no key {each.src.data_key!r}"))
    return found


def _lost_keys(where: str, parameters: list[Parameter]) -> list[Finding]:
    carried = {each.src.data_key.removeprefix("body.") for each in parameters}
    lost = [key for key in KEYS if key not in carried and key not in NOT_CARRIED]
    return [Finding(where, f"the event's key {key!r} is read by nothing") for key in lost]


def _undelivered_findings(where: str, trigger: Trigger, capability: str) -> list[Finding]:
    fallback = trigger.dlq_trigger
    if fallback is None or fallback.template.log is None:
        return [Finding(where, "has no dlqTrigger that logs")]
    where = f"{where}: dlqTrigger"
    return [
        *different(where, "name", fallback.template.name, f"{capability}-undelivered"),
        *different(where, "conditions", fallback.template.conditions, None),
        *different(where, "dlqTrigger", fallback.dlq_trigger, None),
    ]
