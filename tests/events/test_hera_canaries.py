"""Why `idp.events` has models of its own: each test passes while `hera.events` cannot write what Argo Events reads.

One test a finding, seen in hera 7.1.0 against Argo Events 1.9.11. The day one fails, Hera has mended it: delete the test.
When none is left, the models of `idp.events.models` can go and Hera's take their place
(docs/decisions/0005-event-models-of-our-own.md).
"""

from typing import Any

import pytest
from hera.events import models as hera
from pydantic import BaseModel, ValidationError


def dumped(model: BaseModel) -> dict[str, Any]:
    """As Hera itself writes manifests."""
    return model.model_dump(mode="json", by_alias=True, exclude_none=True)


def test_an_event_source_has_no_kind() -> None:
    assert dumped(hera.EventSource()) == {}
    assert not {"kind", "api_version"} & set(hera.EventSource.model_fields)


def test_a_sensor_has_no_kind() -> None:
    assert dumped(hera.Sensor()) == {}
    assert not {"kind", "api_version"} & set(hera.Sensor.model_fields)


@pytest.mark.parametrize("name", ["EventBus", "EventBusSpec", "JetStreamBus", "JetStreamConfig", "NATSBus", "KafkaBus"])
def test_there_is_no_event_bus(name: str) -> None:
    assert not hasattr(hera, name)


def test_a_triggers_resource_is_dropped() -> None:
    workflow = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow"}
    source = hera.ArtifactLocation.model_validate({"resource": workflow})
    assert dumped(source) == {"resource": {}}, "Argo Events wants the object itself there"


def test_a_resource_in_bytes_is_written_where_the_object_belongs() -> None:
    source = hera.ArtifactLocation(resource=hera.K8SResource(value="eyJhIjoxfQ=="))
    assert dumped(source) == {"resource": {"value": "eyJhIjoxfQ=="}}


def test_a_backoffs_duration_cannot_be_a_text() -> None:
    with pytest.raises(ValidationError):
        hera.Backoff.model_validate({"duration": "2s"})


def test_a_backoffs_factor_cannot_be_a_number() -> None:
    with pytest.raises(ValidationError):
        hera.Backoff.model_validate({"factor": 2})


def test_a_typed_backoff_is_written_in_gos_memory_layout() -> None:
    backoff = hera.Backoff(duration=hera.Int64OrString(str_val="2s"), factor=hera.Amount(value="Mg=="))
    assert dumped(backoff) == {"duration": {"strVal": "2s"}, "factor": {"value": "Mg=="}}


def test_a_webhook_is_nested_where_argo_events_does_not_look() -> None:
    webhook = hera.WebhookEventSource(webhook_context=hera.WebhookContext(endpoint="/x", port="12000", method="POST"))
    assert dumped(webhook) == {"webhookContext": {"endpoint": "/x", "port": "12000", "method": "POST"}}


def test_a_webhook_written_as_argo_events_reads_it_is_dropped() -> None:
    webhook = hera.WebhookEventSource.model_validate({"endpoint": "/x", "port": "12000", "method": "POST"})
    assert dumped(webhook) == {}


def test_the_largest_payload_cannot_be_a_number() -> None:
    with pytest.raises(ValidationError):
        hera.WebhookContext.model_validate({"maxPayloadSize": 65536})


@pytest.mark.parametrize(
    ("model", "field"),
    [
        (hera.GithubAppCreds, "appID"),
        (hera.GithubAppCreds, "installationID"),
        (hera.GithubEventSource, "id"),
    ],
)
def test_githubs_numbers_cannot_be_numbers(model: type[BaseModel], field: str) -> None:
    with pytest.raises(ValidationError):
        model.model_validate({field: 7})


@pytest.mark.parametrize("model", [hera.Trigger, hera.TriggerTemplate, hera.EventDependency, hera.TriggerParameter])
def test_nothing_is_required(model: type[BaseModel]) -> None:
    assert dumped(model()) == {}


def test_any_word_is_an_operation() -> None:
    assert dumped(hera.StandardK8STrigger(operation="explode")) == {"operation": "explode"}


def test_an_unknown_field_is_dropped_silently() -> None:
    assert dumped(hera.Trigger.model_validate({"atLeastOnze": True})) == {}


@pytest.mark.parametrize(
    ("model", "field"),
    [
        (hera.HTTPTrigger, "dynamic_headers"),
        (hera.TimeFilter, "timezone"),
        (hera.TLSConfig, "enabled"),
        (hera.SensorStatus, "conditions"),
    ],
)
def test_a_field_of_argo_events_is_missing(model: type[BaseModel], field: str) -> None:
    assert field not in model.model_fields
