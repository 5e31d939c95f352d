from typing import Any

import pytest
from pydantic import ValidationError

from idp.catalog import CATALOG
from idp.events.bus import event_bus
from idp.events.models import Sensor
from idp.events.sensor import sensor
from idp.events.source import event_source


@pytest.mark.parametrize("place", ["", "spec", "spec/triggers/0", "spec/triggers/0/template", "spec/dependencies/0"])
def test_a_field_that_argo_events_does_not_have_is_refused(place: str) -> None:
    given = sensor(CATALOG).model_dump()
    assert Sensor.model_validate(given) == sensor(CATALOG)
    within: Any = given
    for part in filter(None, place.split("/")):
        within = within[int(part)] if isinstance(within, (list, tuple)) else within[part]
    within["replicaz"] = 1
    with pytest.raises(ValidationError) as refused:
        Sensor.model_validate(given)
    assert [error["type"] for error in refused.value.errors()] == ["extra_forbidden"]


def test_there_is_one_endpoint_dependency_and_trigger_for_each_capability() -> None:
    names = [capability.name for capability in CATALOG]
    written = sensor(CATALOG).rendered()["spec"]
    assert list(event_source(CATALOG).rendered()["spec"]["webhook"]) == names
    assert [each["name"] for each in written["dependencies"]] == names
    assert [each["template"]["name"] for each in written["triggers"]] == names


def test_the_bus_keeps_every_event_until_the_ledger_could_publish_it_again() -> None:
    stream = event_bus(CATALOG).rendered()["spec"]["jetstream"]
    lines = dict(line.split(": ") for line in stream["streamConfig"].splitlines())
    assert lines["discard"] == "1", "a full bus says so instead of forgetting the oldest"
    assert (lines["maxMsgs"], lines["maxAge"], lines["replicas"]) == ("-1", "24h", "3")
    assert int(lines["maxBytes"]) < 10 * 2**30, "below the volume"
    assert stream["settings"] == "sync_interval: always\n"
