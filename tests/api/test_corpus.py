"""Every string that some tool on the way would evaluate, in every string field of every capability."""

import copy
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from idp.api.schemas import REFERENCE
from idp.capability import Capability
from idp.catalog import CATALOG
from idp.ledger.records import Page
from tests.api.platform import Platform, pointers, problem

pytestmark = pytest.mark.anyio

CORPUS = {
    "Argo": "{{workflow.name}}",
    "Argo's expressions": "{{=1+1}}",
    "Kubernetes": "$(X)",
    "a shell": "${x}",
    "Jinja": "{% if x %}",
    "a quote": "'",
    "a double quote": '"',
    "a line break": "a\nb",
    "a line break at the end": "a\n",
    "a carriage return": "a\r",
    "a control character": "a\x01",
    "nothing": "a\x00",
    "delete": "a\x7f",
    "a line separator": "a\u2028",
    "a backslash": "a\\b",
    "a backtick": "`x`",
    "markup": "<x>&",
    "ten megabytes": "a" * 10_000_000,
}
Place = tuple[str | int, ...]


def string_places(model: Capability) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Where the schema has a string: a place, and a valid body with something at that place."""
    schema = model.request.model_json_schema(ref_template=REFERENCE)
    body = dict(copy.deepcopy(next(iter(model.examples.values()))))
    nested = {REFERENCE.format(model=name): each for name, each in schema.get("$defs", {}).items()}
    yield from _fields((), schema, body, nested)


def _fields(
    place: Place, schema: dict[str, Any], body: dict[str, Any], nested: dict[str, Any]
) -> Iterator[tuple[Place, dict[str, Any]]]:
    for name, field in schema["properties"].items():
        for branch in field.get("anyOf", [field]):
            yield from _within((*place, name), branch, body, nested)


def _within(
    place: Place, schema: dict[str, Any], body: dict[str, Any], nested: dict[str, Any]
) -> Iterator[tuple[Place, dict[str, Any]]]:
    schema = nested[schema["$ref"]] if "$ref" in schema else schema
    match schema.get("type"):
        case "string":
            yield place, body
        case "array":
            yield from _within((*place, 0), schema["items"], body, nested)
        case "object" if "properties" in schema:
            yield from _fields(place, schema, body, nested)
        case "object":
            (key,) = body[str(place[0])]
            yield (*place, "[key]"), body
            yield from _within((*place, key), schema.get("additionalProperties") or _only(schema), body, nested)


def _only(schema: dict[str, Any]) -> dict[str, Any]:
    (found,) = schema["patternProperties"].values()
    return dict(found)


def with_text(body: dict[str, Any], place: Place, text: str) -> dict[str, Any]:
    changed = copy.deepcopy(body)
    target: Any = changed
    for part in place[:-1]:
        target = target[part]
    if place[-1] == "[key]":
        target[text] = target.pop(next(iter(target)))
    else:
        target[place[-1]] = text
    return changed


PLACES = [(capability, place, body) for capability in CATALOG for place, body in string_places(capability)]


def test_the_places_are_all_there() -> None:
    assert [(capability.name, *place) for capability, place, _ in PLACES] == [
        ("environments", "team"),
        ("environments", "name"),
        ("environments", "stage"),
        ("storage", "team"),
        ("storage", "name"),
        ("storage", "stage"),
        ("storage", "environment"),
        ("storage", "containers", 0),
        ("storage", "replication"),
        ("vaults", "team"),
        ("vaults", "name"),
        ("vaults", "stage"),
        ("vaults", "environment"),
        ("vaults", "secrets", "[key]"),
        ("vaults", "secrets", "SMTP_PASSWORD"),
        ("machines", "team"),
        ("machines", "name"),
        ("machines", "stage"),
        ("machines", "environment"),
        ("machines", "administrator_key"),
        ("machines", "size"),
        ("postgresql", "team"),
        ("postgresql", "name"),
        ("postgresql", "stage"),
        ("postgresql", "environment"),
        ("postgresql", "size"),
        ("postgresql", "major_version"),
        ("mssql", "team"),
        ("mssql", "name"),
        ("mssql", "stage"),
        ("mssql", "environment"),
        ("mssql", "size"),
        ("redis", "team"),
        ("redis", "name"),
        ("redis", "stage"),
        ("redis", "environment"),
        ("redis", "size"),
        ("redis", "purpose"),
        ("configurations", "team"),
        ("configurations", "name"),
        ("configurations", "playbook"),
        ("configurations", "settings", "[key]"),
        ("configurations", "settings", "LOG_LEVEL"),
        ("applications", "team"),
        ("applications", "name"),
        ("applications", "stage"),
        ("applications", "repository"),
        ("applications", "dockerfile"),
        ("applications", "host"),
        ("applications", "health_path"),
        ("applications", "strategy"),
        ("applications", "size"),
        ("applications", "placements", 0, "environment"),
        ("applications", "placements", 0, "branch"),
        ("applications", "placements", 0, "paths", 0),
        ("deployments", "team"),
        ("deployments", "name"),
        ("deployments", "environment"),
        ("deployments", "version"),
        ("settings", "team"),
        ("settings", "name"),
        ("settings", "environment"),
        ("settings", "settings", "[key]"),
        ("settings", "settings", "LOG_LEVEL"),
        ("settings", "secrets", "[key]"),
        ("settings", "secrets", "API_TOKEN"),
        ("settings", "remove", 0),
    ]


@pytest.mark.parametrize("kind", CORPUS)
async def test_the_problem_names_the_field_and_nothing_is_stored(
    idp: Platform, ada: httpx2.AsyncClient, kind: str
) -> None:
    text = CORPUS[kind]
    for capability, place, body in PLACES:
        answer = await ada.post(f"/v1/{capability.name}", json=with_text(body, place, text))

        if len(text) > 65_536:
            assert answer.status_code == 413
            assert problem(answer)["type"].endswith("too-long")
            continue
        assert answer.status_code == 422, (capability.name, place)
        expected = "".join(f"/{text if part == '[key]' else part}" for part in place)
        assert pointers(answer) == [expected.replace("~", "~0")]
        assert text not in problem(answer)["detail"] or place[-1] == "[key]"
    assert await idp.ledger.requests(Page()) == []


@pytest.mark.parametrize("length", [4097, 60_000])
async def test_a_text_that_is_too_long_for_its_field_is_named(
    idp: Platform, ada: httpx2.AsyncClient, length: int
) -> None:
    for capability, place, body in PLACES:
        answer = await ada.post(f"/v1/{capability.name}", json=with_text(body, place, "A" * length))

        assert answer.status_code == 422, (capability.name, place)
        (pointer,) = pointers(answer)
        assert pointer.startswith(f"/{place[0]}")
    assert await idp.ledger.requests(Page()) == []
