"""Capabilities read from the document alone."""

from typing import Any

import pytest

from idp.cli.errors import DocumentError
from idp.cli.openapi import Field, offer, offers

DOCUMENT: dict[str, Any] = {
    "components": {
        "schemas": {
            "Request": {
                "required": ["team"],
                "properties": {
                    "team": {"type": "string", "description": "Who has it."},
                    "size": {"$ref": "#/components/schemas/Size", "default": "s"},
                    "place": {"anyOf": [{"$ref": "#/components/schemas/Place"}, {"type": "null"}], "default": None},
                    "either": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
                },
            },
            "Size": {"type": "string", "enum": ["s", "m"], "description": "How big."},
            "Place": {"type": "string"},
        }
    },
    "x-idp-capabilities": [
        {
            "name": "things",
            "kind": "resource",
            "summary": "A thing.",
            "owner": "platform",
            "verbs": ["provision"],
            "schema": "#/components/schemas/Request",
        }
    ],
}


def test_fields_are_resolved_described_and_without_null() -> None:
    found = offer(DOCUMENT, "things")

    assert (found.name, found.kind, found.summary, found.owner) == ("things", "resource", "A thing.", "platform")
    assert (found.verbs, found.acts_on) == (("provision",), None)
    assert found.fields == (
        Field(
            name="team",
            schema={"type": "string", "description": "Who has it."},
            required=True,
            description="Who has it.",
        ),
        Field(
            name="size",
            schema={"type": "string", "enum": ["s", "m"], "description": "How big.", "default": "s"},
            required=False,
            description="How big.",
        ),
        Field(name="place", schema={"type": "string", "default": None}, required=False, description=""),
        Field(
            name="either",
            schema={"anyOf": [{"type": "string"}, {"type": "integer"}]},
            required=False,
            description="",
        ),
    )


def test_an_unknown_capability_is_told_with_those_there_are() -> None:
    with pytest.raises(DocumentError, match="no capability 'queues'; it has things"):
        offer(DOCUMENT, "queues")


def test_another_kind_of_server_is_recognised() -> None:
    with pytest.raises(DocumentError, match="no idp server"):
        offers({"openapi": "3.1.0"})
