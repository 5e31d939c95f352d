"""Options of the command line made from a capability's fields, and the spec made from what was typed."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

import click

from idp.cli.openapi import Field, Offer, Schema

RESERVED: Final = frozenset({"help", "json", "wait", "timeout", "key", "change"})
"""Options that filing commands have of their own; a field of such a name is offered as `--field-<name>`."""


class Pair(click.ParamType[tuple[str, str]]):
    """`NAME=VALUE`, for a field that is a map."""

    name = "name=value"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        """The first `=` divides."""
        name, divider, text = str(value).partition("=")
        if not divider:
            self.fail(f"{value!r} has no '='; write NAME=VALUE.", param, ctx)
        return name, text


class JsonValue(click.ParamType[Any]):
    """Any JSON, for a field that is neither a word, a number, a list of such nor a map of words."""

    name = "json"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Parsed."""
        try:
            return json.loads(value)
        except ValueError as error:
            self.fail(f"{value!r} is not JSON: {error}.", param, ctx)


def options(offer: Offer) -> list[click.Option]:
    """One option per field. Defaults are shown and not sent: the server fills them in."""
    return [_option(number, field) for number, field in enumerate(offer.fields)]


def spec(offer: Offer, values: Mapping[str, Any]) -> dict[str, Any]:
    """The request's body from the values that click parsed; fields not given are left out."""
    body = {}
    for number, field in enumerate(offer.fields):
        value = values.get(_parameter(number))
        if value is not None and value != ():
            body[field.name] = _value(field.schema, value)
    return body


def _option(number: int, field: Field) -> click.Option:
    flag = f"--{_word(field.name)}"
    schema = field.schema
    more: dict[str, Any] = {}
    if schema.get("type") == "boolean":
        flag = f"{flag}/--no-{_word(field.name)}"
        # A flag without a default is False, which is not the same as not given.
        more = {} if field.required else {"default": None}
    return click.Option(
        [flag, _parameter(number)],
        type=_type(schema),
        multiple=_is_list(schema) or _is_map(schema),
        required=field.required,
        help=_help(field),
        show_default=_shown(schema["default"]) if schema.get("default") is not None else None,
        **more,
    )


def _parameter(number: int) -> str:
    """A name of our own: a field's name need not be a Python identifier."""
    return f"field_{number}"


def _word(name: str) -> str:
    word = name.replace("_", "-")
    return f"field-{word}" if word in RESERVED else word


def _type(schema: Schema) -> click.ParamType[Any]:
    if _is_list(schema):
        return _scalar(schema["items"]) or JsonValue()
    if _is_map(schema):
        return Pair()
    return _scalar(schema) or JsonValue()


def _scalar(schema: Schema) -> click.ParamType[Any] | None:
    if "enum" in schema and all(isinstance(choice, str) for choice in schema["enum"]):
        return click.Choice(schema["enum"])
    match schema.get("type"):
        case "string":
            return click.STRING
        case "boolean":
            return click.BOOL
        case "integer":
            return click.IntRange(*_bounds(schema))
        case "number":
            return click.FloatRange(*_bounds(schema))
    return None


def _bounds(schema: Schema) -> tuple[Any, Any]:
    return schema.get("minimum"), schema.get("maximum")


def _is_list(schema: Schema) -> bool:
    return schema.get("type") == "array" and _scalar(schema.get("items", {})) is not None


def _is_map(schema: Schema) -> bool:
    """Words by name: pydantic writes keys with a pattern as `patternProperties`."""
    if schema.get("type") != "object" or "properties" in schema:
        return False
    values: Iterable[Any] = (*schema.get("patternProperties", {}).values(), schema.get("additionalProperties"))
    kinds = [value.get("type") for value in values if isinstance(value, Mapping)]
    return bool(kinds) and set(kinds) == {"string"}


def _help(field: Field) -> str:
    if _is_map(field.schema) or _is_list(field.schema):
        return f"{field.description} Repeat it for more."
    return field.description


def _shown(default: Any) -> str:
    return default if isinstance(default, str) else json.dumps(default)


def _value(schema: Schema, value: Any) -> Any:
    if _is_map(schema):
        return dict(value)
    return list(value) if _is_list(schema) else value
