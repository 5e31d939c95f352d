"""Any request of any capability, from the API's body to the file that Terraform reads: nothing is lost or changed.

Each part is the real one: the capability's model, the relay's event, the rendered EventSource and Sensor under the embedded
engine's reading of Argo Events, and the runner's variables. The request itself is made of the API's own schema.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idp import names
from idp.api.schemas import REFERENCE
from idp.applications import Deployment
from idp.capability import Capability, CapabilityRequest, Verb, carried
from idp.catalog import CATALOG
from idp.engines.local import events
from idp.engines.local.fields import Fields
from idp.ledger.records import RequestRecord, ResourceKey
from idp.lifecycle.event import event
from idp.runner.assignment import assignment
from idp.runner.variables import ansible_variables, terraform_variables
from idp.settings import RunnerSettings

MANIFESTS = Path(__file__).parents[1] / "manifests"
CASES = [(capability, verb) for capability in CATALOG for verb in capability.verbs]


def requests(capability: Capability) -> st.SearchStrategy[dict[str, Any]]:
    """Bodies that the capability's published schema admits."""
    schema = capability.request.model_json_schema(ref_template=REFERENCE)
    return _values(
        _resolved(schema, {REFERENCE.format(model=name): each for name, each in schema.get("$defs", {}).items()})
    )


def _resolved(schema: Any, nested: dict[str, Any]) -> Any:
    """With the schemas it mentions in their places."""
    match schema:
        case {"$ref": name}:
            return _resolved(nested[name], nested)
        case dict():
            return {name: _resolved(each, nested) for name, each in schema.items() if name != "$defs"}
        case list():
            return [_resolved(each, nested) for each in schema]
    return schema


def told(capability: Capability, accepted: CapabilityRequest) -> CapabilityRequest:
    """What the run is told, where that is more than the request."""
    carries = carried(capability)
    if carries is capability.request:
        return accepted
    applications = CATALOG["applications"]
    (application, *_) = (
        applications.request.model_validate_json(json.dumps(e)) for e in applications.examples.values()
    )
    found: dict[str, Any] = {"application": application}
    if carries is Deployment:
        found["commit"] = "0a" * 20
    return carries.model_validate({**accepted.model_dump(), **found})


def _values(schema: dict[str, Any]) -> st.SearchStrategy[Any]:  # noqa: C901, PLR0911 - one for each kind of value
    match schema:
        case {"anyOf": branches}:
            return st.one_of([_values(branch) for branch in branches])
        case {"const": value}:
            return st.just(value)
        case {"enum": values}:
            return st.sampled_from(values)
        case {"type": "null"}:
            return st.none()
        case {"type": "boolean"}:
            return st.booleans()
        case {"type": "integer", "minimum": least, "maximum": most}:
            return st.integers(least, most)
        case {"type": "string", "pattern": pattern}:
            least, most = schema.get("minLength", 0), schema.get("maxLength", 4096)
            texts = st.from_regex(pattern.removesuffix("$") + r"\Z")
            return texts.filter(lambda text: least <= len(text) <= most)
        case {"type": "array", "items": items}:
            return st.lists(
                _values(items),
                min_size=schema.get("minItems", 0),
                max_size=schema["maxItems"],
                unique=schema.get("uniqueItems", False),
            )
        case {"type": "object", "patternProperties": patterns}:
            ((pattern, values),) = patterns.items()
            keys = _values({"type": "string", "pattern": pattern})
            return st.dictionaries(keys, _values(values), max_size=min(schema["maxProperties"], 8))
        case {"type": "object", "properties": properties}:
            required = {name: _values(field) for name, field in properties.items() if name in schema["required"]}
            optional = {name: _values(field) for name, field in properties.items() if name not in schema["required"]}
            return st.fixed_dictionaries(required, optional=optional)
    message = f"teach this test {schema}"
    raise AssertionError(message)


def workflow(capability: Capability, event: bytes) -> dict[str, Any]:
    """What the rendered EventSource and Sensor make of it."""
    source = _manifest("event-source.yaml")
    (endpoint,) = [each for each in events.endpoints(source) if each.path == names.endpoint(capability.name)]
    assert len(event) <= endpoint.largest_body
    (trigger,) = events.sensor(_manifest("sensor.yaml")).triggers_of(endpoint)
    return events.resource(trigger, events.event(event))


def _manifest(name: str) -> Fields:
    manifest = yaml.load((MANIFESTS / "events" / name).read_text(), yaml.CSafeLoader)
    del manifest["apiVersion"], manifest["kind"]
    return Fields(manifest, kind="Manifest", file=name)


def _record(capability: Capability, verb: Verb, spec: dict[str, Any]) -> RequestRecord:
    request = "01jd0000000000000000000000"
    return RequestRecord(
        id=request,
        run=names.run(capability.name, request),
        capability=capability.name,
        verb=verb,
        key=ResourceKey(capability=capability.name, team=spec["team"], name=spec["name"]),
        stage="dev",
        requester="ada",
        approval="none",
        approver_role=None,
        rule="a-rule",
        spec=spec,
        created_at=datetime(2026, 11, 26, tzinfo=UTC),
    )


@pytest.mark.parametrize(("capability", "verb"), CASES, ids=[f"{c.name}-{v}" for c, v in CASES])
@settings(max_examples=25, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(data=st.data())
def test_nothing_is_lost_or_changed_on_the_way(capability: Capability, verb: Verb, data: st.DataObject) -> None:
    asked = data.draw(requests(capability))
    accepted = capability.request.model_validate_json(json.dumps(asked))
    carries = told(capability, accepted)
    spec = carries.model_dump(mode="json")
    assert _asked_for(asked, spec)

    made = workflow(capability, event(_record(capability, verb, spec)).encoded())

    assert made["metadata"]["name"] == f"{capability.name}-01jd0000000000000000000000"
    assert made["spec"]["entrypoint"] == verb
    arguments = {each["name"]: each["value"] for each in made["spec"]["arguments"]["parameters"]}
    assert arguments["resource"] == f"{capability.name}.{spec['team']}.{spec['name']}"
    assert arguments["approval"] == "none"

    step = RunnerSettings(
        request=arguments["request"], image="runner:1", target="sandbox", state_backend={"folder": "/none"}
    )
    assigned = assignment(step, CATALOG, capability.name, Path())
    assert assigned.request == carries
    tfvars = json.loads(terraform_variables(assigned))
    assert {name: tfvars[name] for name in spec} == spec
    extra = json.loads(ansible_variables(assigned, "present", {}))
    assert _unmarked(extra["request"]) == spec


def _asked_for(asked: Any, spec: Any) -> bool:
    """Whether all that was asked for is there; defaults may be filled in."""
    match asked:
        case dict():
            return all(name in spec and _asked_for(each, spec[name]) for name, each in asked.items())
        case list():
            return len(asked) == len(spec) and all(map(_asked_for, asked, spec))
    return bool(asked == spec)


def _unmarked(value: Any) -> Any:
    match value:
        case {"__ansible_unsafe": text}:
            return text
        case dict():
            return {name: _unmarked(inner) for name, inner in value.items()}
        case list():
            return [_unmarked(inner) for inner in value]
    return value
