"""The part of JSON Schema that settings need. A schema that uses more is refused by name, not half understood.

Settings are text, as environment variables are; of a number or a boolean the text must be one.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from idp.errors import StepError

_ANNOTATIONS: Final = frozenset(
    {"$schema", "$id", "$comment", "title", "description", "default", "examples", "deprecated"}
)
_OF_SETTINGS: Final = _ANNOTATIONS | {"type", "properties", "required", "additionalProperties"}
_OF_ONE: Final = _ANNOTATIONS | {"type", "enum", "minLength", "maxLength", "minimum", "maximum"}


def refuse_misfits(file: Path, values: Mapping[str, str], secrets: Mapping[str, str]) -> None:
    """Nothing where there is no schema. Raises StepError with all that does not fit."""
    if not file.is_file():
        return
    schema = _read(file)
    found = list(_misfits(schema, values, secrets))
    if found:
        message = f"The settings do not fit {file.name} of the version that serves: {'; '.join(found)}."
        raise StepError(message)


def _read(file: Path) -> dict[str, Any]:
    """Raises StepError where it is none that is understood here."""
    try:
        schema = json.loads(file.read_text(encoding="utf-8"))
        unknown = set(schema) - _OF_SETTINGS
        for one in schema.get("properties", {}).values():
            unknown |= set(one) - _OF_ONE
            unknown |= {f"type {one['type']!r}"} if one.get("type", "string") not in _TYPES else set()
    except (ValueError, TypeError, AttributeError) as error:
        message = f"{file.name} of the version that serves is no JSON schema of settings ({error}); mend it and deploy."
        raise StepError(message) from error
    if unknown:
        message = (
            f"{file.name} of the version that serves uses {', '.join(sorted(unknown))}, which is not understood here."
        )
        raise StepError(message)
    found: dict[str, Any] = schema
    return found


def _misfits(schema: Mapping[str, Any], values: Mapping[str, str], secrets: Mapping[str, str]) -> Iterator[str]:
    properties = schema.get("properties", {})
    there = {*values, *secrets}
    yield from (f"{name} is missing" for name in schema.get("required", ()) if name not in there)
    if schema.get("additionalProperties") is False:
        yield from (f"{name} is not one of its settings" for name in sorted(there - set(properties)))
    for name, text in values.items():
        if name in properties and (wrong := _wrong(properties[name], text)):
            yield f"{name} {wrong}"


def _wrong(schema: Mapping[str, Any], text: str) -> str:
    """What is, of one setting; a secret's value is not known here."""
    kind = schema.get("type", "string")
    try:
        value = _TYPES[kind](text)
    except ValueError:
        return f"is no {kind}"
    if "enum" in schema and value not in schema["enum"]:
        return f"is none of {', '.join(map(str, schema['enum']))}"
    size = len(value) if isinstance(value, str) else value
    least, most = ("minLength", "maxLength") if isinstance(value, str) else ("minimum", "maximum")
    if size < schema.get(least, size):
        return f"is less than {least} {schema[least]}"
    return f"is more than {most} {schema[most]}" if size > schema.get(most, size) else ""


def _boolean(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValueError(text)
    return text == "true"


_TYPES: Final[Mapping[str, Callable[[str], Any]]] = {
    "string": str,
    "integer": int,
    "number": float,
    "boolean": _boolean,
}
