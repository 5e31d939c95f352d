"""Schemas of request bodies in the OpenAPI document, from the very models that validate them."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from idp.capability import Capability

REFERENCE: Final = "#/components/schemas/{model}"


def body_of(what: Capability | type[BaseModel]) -> dict[str, Any]:
    """`requestBody` of a route: a reference to the model's schema, and examples that can be sent as they are."""
    model = what if isinstance(what, type) else what.request
    media: dict[str, Any] = {"schema": {"$ref": REFERENCE.format(model=model.__name__)}}
    if not isinstance(what, type):
        media["examples"] = {title: {"summary": title, "value": dict(body)} for title, body in what.examples.items()}
    return {"requestBody": {"required": True, "content": {"application/json": media}}}


def components(models: Iterable[type[BaseModel]]) -> Mapping[str, Any]:
    """Their schemas by name, with those they mention."""
    _, definitions = models_json_schema([(model, "validation") for model in models], ref_template=REFERENCE)
    found: Mapping[str, Any] = definitions["$defs"]
    return {name: _closed(schema) for name, schema in found.items()}


def _closed(schema: Any) -> Any:
    """Pydantic writes a dict of constrained keys as patterns, but not that other keys are refused."""
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {"additionalProperties": False} if "patternProperties" in schema else {}
    return {**closed, **{name: _closed(each) for name, each in schema.items()}}
