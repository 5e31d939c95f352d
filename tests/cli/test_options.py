"""Options made from schemas: what is typed becomes the body, by a table."""

from typing import Any

import click
import pytest
from click.testing import CliRunner

from idp.cli.openapi import Field, Offer
from idp.cli.options import options, spec

WORD = {"type": "string"}


def offer(*fields: Field) -> Offer:
    return Offer(name="x", kind="resource", summary="", owner="", verbs=(), acts_on=None, fields=fields)


def typed(schema: dict[str, Any], *arguments: str, name: str = "some_field", required: bool = False) -> Any:
    """The body, or what click says against it."""
    one = offer(Field(name=name, schema=schema, required=required, description="Says what."))
    bodies = []
    command = click.Command("x", params=[*options(one)], callback=lambda **values: bodies.append(spec(one, values)))
    result = CliRunner().invoke(command, list(arguments))
    return bodies[0] if bodies else result.output


@pytest.mark.parametrize(
    ("schema", "arguments", "value"),
    [
        (WORD, ["--some-field", "a b"], "a b"),
        (WORD, ["--some-field", ""], ""),
        ({"type": "integer"}, ["--some-field", "8"], 8),
        ({"type": "number"}, ["--some-field", "0.5"], 0.5),
        ({"type": "boolean"}, ["--some-field"], True),
        ({"type": "boolean"}, ["--no-some-field"], False),
        ({"enum": ["a", "b"], "type": "string"}, ["--some-field", "b"], "b"),
        ({"type": "array", "items": WORD}, ["--some-field", "a", "--some-field", "b"], ["a", "b"]),
        ({"type": "array", "items": {"type": "integer"}}, ["--some-field", "1"], [1]),
        ({"type": "array", "items": {"type": "object"}}, ["--some-field", '[{"a": 1}]'], [{"a": 1}]),
        ({"type": "object", "additionalProperties": WORD}, ["--some-field", "A=b=c"], {"A": "b=c"}),
        (
            {"type": "object", "patternProperties": {"^A": WORD}},
            ["--some-field", "A=", "--some-field", "B=1"],
            {"A": "", "B": "1"},
        ),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, ["--some-field", '{"a": 1}'], {"a": 1}),
        ({"type": "object", "properties": {"a": WORD}}, ["--some-field", '{"a": "b"}'], {"a": "b"}),
        ({"anyOf": [WORD, {"type": "integer"}]}, ["--some-field", "1"], 1),
        ({"type": "integer", "enum": [1, 2]}, ["--some-field", "2"], 2),
    ],
)
def test_what_is_typed_becomes_the_value(schema: dict[str, Any], arguments: list[str], value: Any) -> None:
    assert typed(schema, *arguments) == {"some_field": value}


@pytest.mark.parametrize(
    ("schema", "arguments", "words"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 64}, ["--some-field", "65"], "65 is not in the range 1<=x<=64"),
        ({"type": "integer"}, ["--some-field", "many"], "'many' is not a valid integer"),
        ({"enum": ["a", "b"]}, ["--some-field", "c"], "'c' is not one of 'a', 'b'"),
        ({"type": "object", "additionalProperties": WORD}, ["--some-field", "A"], "'A' has no '='"),
        ({"type": "array", "items": {}}, ["--some-field", "{"], "'{' is not JSON"),
    ],
)
def test_what_cannot_be_is_refused_by_its_option(schema: dict[str, Any], arguments: list[str], words: str) -> None:
    output = typed(schema, *arguments)

    assert words in output
    assert "--some-field" in output


@pytest.mark.parametrize("schema", [WORD, {"type": "boolean"}, {"type": "array", "items": WORD}, {"default": 4}])
def test_what_is_not_given_is_not_sent(schema: dict[str, Any]) -> None:
    assert typed(schema) == {}


def test_a_required_field_is_a_required_option() -> None:
    assert "Missing option '--some-field'" in typed(WORD, required=True)


@pytest.mark.parametrize(
    ("default", "shown"), [(4, "[default: (4)]"), ("ZRS", "[default: (ZRS)]"), (False, "[default: (false)]")]
)
def test_help_shows_description_and_default(default: Any, shown: str) -> None:
    output = typed({"type": "string", "default": default}, "--help")

    assert "Says what." in output
    assert shown in output


def test_help_says_what_is_repeated() -> None:
    assert "Says what. Repeat it for more." in typed({"type": "array", "items": WORD}, "--help")


def test_a_field_named_like_an_option_of_ours_gives_way() -> None:
    assert typed(WORD, "--field-wait", "now", name="wait") == {"wait": "now"}
