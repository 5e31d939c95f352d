"""What the server offers, read from its OpenAPI document alone: `x-idp-capabilities` and the schemas it points to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from idp.cli.errors import DocumentError

Schema = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field of a capability's request; `schema` has no reference and no null left at its top."""

    name: str
    schema: Schema
    required: bool
    description: str


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A capability, as the server describes it."""

    name: str
    kind: str
    summary: str
    owner: str
    verbs: tuple[str, ...]
    acts_on: str | None
    fields: tuple[Field, ...]


def offers(document: Schema) -> tuple[Offer, ...]:
    """Every capability in the server's order. Raises DocumentError where the document is not that of an idp server."""
    if "x-idp-capabilities" not in document:
        message = "The server's OpenAPI document has no x-idp-capabilities, so it is no idp server."
        raise DocumentError(message, move="Name the server with --url or IDP_URL.")
    return tuple(_offer(document, entry) for entry in document["x-idp-capabilities"])


def offer(document: Schema, name: str) -> Offer:
    """The capability of this name. Raises DocumentError."""
    every = offers(document)
    for one in every:
        if one.name == name:
            return one
    message = f"The server has no capability {name!r}; it has {', '.join(one.name for one in every) or 'none'}."
    raise DocumentError(message)


def _offer(document: Schema, entry: Schema) -> Offer:
    schema = _resolved(document, {"$ref": entry["schema"]})
    required = schema.get("required", ())
    return Offer(
        name=entry["name"],
        kind=entry["kind"],
        summary=entry["summary"],
        owner=entry["owner"],
        verbs=tuple(entry["verbs"]),
        acts_on=entry.get("acts_on"),
        fields=tuple(
            _field(document, name, value, required=name in required)
            for name, value in schema.get("properties", {}).items()
        ),
    )


def _field(document: Schema, name: str, schema: Schema, *, required: bool) -> Field:
    core = _resolved(document, _without_null(_resolved(document, schema)))
    description = schema.get("description") or core.get("description") or ""
    default = {"default": schema["default"]} if "default" in schema else {}
    return Field(name=name, schema={**core, **default}, required=required, description=description)


def _without_null(schema: Schema) -> Schema:
    """`X or null` is an optional X."""
    branches = [branch for branch in schema.get("anyOf", ()) if branch.get("type") != "null"]
    return branches[0] if len(branches) == 1 else schema


def _resolved(document: Schema, schema: Schema) -> Schema:
    while "$ref" in schema:
        target: Any = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        schema = target
    return schema
