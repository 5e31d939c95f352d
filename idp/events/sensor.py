"""The Sensor: one trigger per capability, which creates the run that the event names.

It sets metadata, template, verb and arguments, and nothing else: `templateReferencing: Strict` allows no more. No
parameter has a value of its own to fall back on: an event that lacks a key fails, and nothing is made up.
"""

from typing import Any, Final

from idp import names
from idp.capability import Capability, Catalog
from idp.events.model import Metadata
from idp.events.models import (
    Backoff,
    Dependency,
    KubernetesTrigger,
    LogTrigger,
    Parameter,
    ParameterSource,
    Sensor,
    SensorSpec,
    Source,
    Trigger,
    TriggerTemplate,
)
from idp.events.pods import pod

_RETRY: Final = Backoff(steps=5, duration="2s", factor=1)


def sensor(catalog: Catalog) -> Sensor:
    """Dependencies and triggers are named as the capabilities."""
    return Sensor(
        metadata=Metadata(name=names.SENSOR, namespace=names.NAMESPACE_EVENTS),
        spec=SensorSpec(
            event_bus_name=names.EVENT_BUS,
            replicas=1,  # a second one only waits, and elections have failed more often than pods
            template=pod(
                names.SENSOR_ACCOUNT, read_only=False
            ),  # it writes the log of its election to the temporary folder
            dependencies=[_dependency(capability) for capability in catalog],
            triggers=[_trigger(capability) for capability in catalog],
        ),
    )


def _dependency(capability: Capability) -> Dependency:
    return Dependency(name=capability.name, event_source_name=names.EVENT_SOURCE, event_name=capability.name)


def _trigger(capability: Capability) -> Trigger:
    return Trigger(
        template=TriggerTemplate(
            name=capability.name,
            conditions=capability.name,
            k8s=KubernetesTrigger(source=Source(resource=_workflow(capability)), parameters=_parameters(capability)),
        ),
        retry_strategy=_RETRY,
        dlq_trigger=_undelivered(capability),
    )


def _workflow(capability: Capability) -> dict[str, Any]:
    """What is the same for each event."""
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {
            "namespace": names.NAMESPACE_RUNS,
            "labels": {names.LABEL_CAPABILITY: capability.name},
        },
        "spec": {
            "workflowTemplateRef": {"name": capability.name},
            "arguments": {"parameters": [{"name": name} for name in names.PARAMETERS]},
        },
    }


def _parameters(capability: Capability) -> list[Parameter]:
    arguments = [
        ("metadata.name", "run"),
        (f"metadata.labels.{_path(names.LABEL_REQUEST)}", "id"),
        (f"metadata.labels.{_path(names.LABEL_TEAM)}", "team"),
        (f"metadata.labels.{_path(names.LABEL_VERB)}", "verb"),
        (f"metadata.annotations.{_path(names.ANNOTATION_REQUESTER)}", "requester"),
        (f"metadata.annotations.{_path(names.ANNOTATION_RESOURCE)}", "resource"),
        (f"metadata.annotations.{_path(names.ANNOTATION_TITLE)}", "resource"),
        ("spec.entrypoint", "verb"),
        *((f"spec.arguments.parameters.{index}.value", name) for index, name in enumerate(names.PARAMETERS)),
    ]
    return [_parameter(capability, dest, key) for dest, key in arguments]


def _path(key: str) -> str:
    """One key in a path of sjson, where a dot goes one level down."""
    return key.replace(".", r"\.")


def _parameter(capability: Capability, dest: str, key: str) -> Parameter:
    return Parameter(src=ParameterSource(dependency_name=capability.name, data_key=f"body.{key}"), dest=dest)


def _undelivered(capability: Capability) -> Trigger:
    """The event, an existing Workflow's included, as a line of the Sensor's log: who brings it back is the reconciler."""
    return Trigger(
        template=TriggerTemplate(name=f"{capability.name}-undelivered", log=LogTrigger()),
        retry_strategy=_RETRY,
    )
