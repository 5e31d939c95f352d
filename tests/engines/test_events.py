"""The event as a webhook EventSource writes it, and the Workflow that the trigger makes of it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.engines.local import events
from idp.engines.local.errors import DroppedEventError
from idp.engines.local.fields import Fields
from tests.engines.rendered import parameter, sensor


@pytest.mark.parametrize(
    ("body", "packed"),
    [
        (b'{"a" : 1 ,\n "b":[ 1 , 2 ]}', '{"a":1,"b":[1,2]}'),
        (b'{"a":"x  y\\n \\" z"}', '{"a":"x  y\\n \\" z"}'),
        (
            rb'{"request":{"text":"\u007b\u007bworkflow.name\u007d\u007d"}}',
            r'{"request":{"text":"\u007b\u007bworkflow.name\u007d\u007d"}}',
        ),
        ('{"a":"<&>\u2028\u2029é"}'.encode(), r'{"a":"\u003c\u0026\u003e\u2028\u2029é"}'),
        (b"5", "5"),
    ],
)
def test_the_body_is_written_as_go_writes_it(body: bytes, packed: str) -> None:
    data = events.event(body)
    assert data.endswith(f',"body":{packed}}}')
    assert json.loads(data)["body"] == json.loads(body)
    assert json.loads(data)["header"] == {"Content-Type": ["application/json"]}


@given(
    st.recursive(
        st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8
    )
)
def test_packing_changes_no_value(body: object) -> None:
    assert json.loads(events.event(json.dumps(body, indent=2).encode()))["body"] == body


def test_a_missing_key_takes_the_parameters_value_or_the_event_is_dropped() -> None:
    manifest = sensor("things", parameters=[])
    k8s = manifest["spec"]["triggers"][0]["template"]["k8s"]
    k8s["parameters"] = [parameter("things", "none", "metadata.name"), parameter("things", "none", "spec.entrypoint")]
    k8s["parameters"][0]["src"]["value"] = "instead"
    for name in ("apiVersion", "kind"):
        del manifest[name]
    read = events.sensor(Fields(manifest, kind="Manifest", file="sensor.yaml"))
    with pytest.raises(DroppedEventError, match=r"no 'body.none', and the Sensor gives no value in its place"):
        events.resource(read.triggers[0], events.event(b"{}"))
    k8s["parameters"].pop()
    read = events.sensor(Fields(manifest, kind="Manifest", file="sensor.yaml"))
    assert events.resource(read.triggers[0], events.event(b"{}"))["metadata"]["name"] == "instead"
