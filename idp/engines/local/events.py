"""EventSource and Sensor: which path makes which Workflow, and of what in the event.

Semantics of Argo Events v1.9.11: pkg/eventsources/common/webhook/webhook.go, pkg/sensors/triggers/params.go.
"""

import copy
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from idp.engines.local import jsonpaths
from idp.engines.local.errors import DroppedEventError
from idp.engines.local.fields import Fields

_INSIDE_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"|[ \t\n\r]+', re.DOTALL)
_HTML = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One webhook of an EventSource."""

    path: str
    source: str
    event: str
    largest_body: int


@dataclass(frozen=True, slots=True)
class Dependency:
    """What a Sensor waits for."""

    name: str
    source: str
    event: str


@dataclass(frozen=True, slots=True)
class TriggerParameter:
    """Take the text at `key` of the event and put it at `dest` of the resource."""

    dependency: str
    key: tuple[jsonpaths.Key, ...]
    key_text: str
    dest: tuple[jsonpaths.Part, ...]
    default: str | None


@dataclass(frozen=True, slots=True)
class Trigger:
    """Creates one Workflow of one event."""

    name: str
    dependency: str
    namespace: str
    resource: Mapping[str, Any]
    parameters: tuple[TriggerParameter, ...]
    file: str
    path: str


@dataclass(frozen=True, slots=True)
class Sensor:
    """Dependencies and the triggers they set off."""

    name: str
    dependencies: tuple[Dependency, ...]
    triggers: tuple[Trigger, ...]

    def triggers_of(self, endpoint: Endpoint) -> list[Trigger]:
        """The triggers that an event of this endpoint sets off."""
        names = {d.name for d in self.dependencies if (d.source, d.event) == (endpoint.source, endpoint.event)}
        return [trigger for trigger in self.triggers if trigger.dependency in names]


def event(body: bytes) -> str:
    """The event's data as a webhook EventSource writes it. Raises ValueError where the body is no JSON.

    Go writes the body without spaces between values, and `< > &` and the line separators as escapes.
    """
    text = body.decode()
    json.loads(text)
    packed = _INSIDE_TEXT.sub(lambda match: "" if match[0][0] != '"' else match[0], text)
    for sign, escape in _HTML.items():
        packed = packed.replace(sign, escape)
    return f'{{"header":{{"Content-Type":["application/json"]}},"body":{packed}}}'


def resource(trigger: Trigger, data: str) -> dict[str, Any]:
    """The Workflow that the trigger creates of the event. Raises DroppedEventError."""
    made = copy.deepcopy(dict(trigger.resource))
    for parameter in trigger.parameters:
        jsonpaths.placed(made, parameter.dest, _value(parameter, data))
    return made


def endpoints(manifest: Fields) -> list[Endpoint]:
    """The webhooks of an EventSource."""
    name = _name(manifest)
    with (
        manifest,
        manifest.required("spec", "EventSourceSpec") as spec,
        spec.required("webhook", "Webhooks") as webhooks,
    ):
        return [_endpoint(webhooks, event_name, name) for event_name in webhooks.value]


def sensor(manifest: Fields) -> Sensor:
    """A Sensor, every parameter of it tried on its resource."""
    name = _name(manifest)
    namespace = manifest.value["metadata"].get("namespace", "")
    with manifest, manifest.required("spec", "SensorSpec") as spec:
        dependencies = tuple(_dependency(fields) for fields in spec.many("dependencies", "Dependency"))
        triggers = tuple(_trigger(fields, dependencies, namespace) for fields in spec.many("triggers", "Trigger"))
    return Sensor(name, dependencies, triggers)


def _name(manifest: Fields) -> str:
    with manifest.required("metadata", "metadata") as metadata:
        metadata.text_or("namespace", None)
        return metadata.text("name")


def _endpoint(webhooks: Fields, name: str, source: str) -> Endpoint:
    with webhooks.required(name, "Webhook") as fields:
        fields.choice("method", ("POST",))
        return Endpoint(
            path=fields.text("endpoint"),
            source=source,
            event=name,
            largest_body=fields.whole("maxPayloadSize", 1 << 20) or 0,
        )


def _dependency(fields: Fields) -> Dependency:
    with fields:
        return Dependency(fields.text("name"), fields.text("eventSourceName"), fields.text("eventName"))


def _trigger(fields: Fields, dependencies: tuple[Dependency, ...], namespace: str) -> Trigger:
    with fields, fields.required("template", "TriggerTemplate") as template:
        name = template.text("name")
        names = [dependency.name for dependency in dependencies]
        condition = template.text_or("conditions", names[0] if len(names) == 1 else None)
        if condition not in names:
            template.refuse("conditions", f"must be one of the dependencies: {', '.join(names)}")
        with template.required("k8s", "K8sTrigger") as k8s:
            k8s.choice("operation", ("create",), "create")
            source = k8s.required("source", "TriggerSource")
            with source:
                resource = source.required("resource", "Workflow")
            parameters = tuple(
                _parameter(inner, str(condition), resource.value)
                for inner in k8s.many("parameters", "TriggerParameter")
            )
    return Trigger(name, str(condition), namespace, resource.value, parameters, resource.file, resource.path)


def _parameter(fields: Fields, dependency: str, trial: Any) -> TriggerParameter:
    with fields, fields.required("src", "TriggerParameterSource") as source:
        if source.text("dependencyName") != dependency:
            source.refuse("dependencyName", f"must be {dependency!r}, which sets the trigger off")
        key, default = source.text("dataKey"), source.text_or("value", None)
        dest = _path(fields, "dest")
        try:
            jsonpaths.placed(copy.deepcopy(trial), dest, "")
        except ValueError as error:
            fields.refuse("dest", str(error))
        return TriggerParameter(dependency, _key(source), key, dest, default)


def _path(fields: Fields, name: str) -> tuple[jsonpaths.Part, ...]:
    try:
        return jsonpaths.parts(fields.text(name))
    except ValueError as error:
        return fields.refuse(name, str(error))  # type: ignore[no-any-return]  # never returns


def _key(fields: Fields) -> tuple[jsonpaths.Key, ...]:
    path = _path(fields, "dataKey")
    keys = tuple(part for part in path if isinstance(part, jsonpaths.Key))
    if keys != path:
        fields.refuse("dataKey", "the embedded engine reads keys and indices of an event, no #(...)")
    return keys


def _value(parameter: TriggerParameter, data: str) -> str:
    try:
        return jsonpaths.value_at(data, parameter.key)
    except KeyError as error:
        if parameter.default is not None:
            return parameter.default
        message = f"the event has no {parameter.key_text!r}, and the Sensor gives no value in its place"
        raise DroppedEventError(message) from error
