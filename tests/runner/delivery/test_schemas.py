"""The schema of settings that a repository may bring."""

import json
from pathlib import Path
from typing import Any

import pytest

from idp.errors import StepError
from idp.runner.delivery.schemas import refuse_misfits

SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["LEVEL"],
    "additionalProperties": False,
    "properties": {
        "LEVEL": {"enum": ["info", "debug"], "description": "How much is said."},
        "WORKERS": {"type": "integer", "minimum": 1, "maximum": 8},
        "RATIO": {"type": "number", "maximum": 0.5},
        "FAST": {"type": "boolean"},
        "NAME": {"minLength": 2, "maxLength": 4},
        "TOKEN": {},
    },
}
MISFITS = {
    "nothing": ({}, "LEVEL is missing"),
    "an unknown one": ({"LEVEL": "info", "X": "1"}, "X is not one of its settings"),
    "another word": ({"LEVEL": "loud"}, "LEVEL is none of info, debug"),
    "no number": ({"LEVEL": "info", "WORKERS": "many"}, "WORKERS is no integer"),
    "too few": ({"LEVEL": "info", "WORKERS": "0"}, "WORKERS is less than minimum 1"),
    "too many": ({"LEVEL": "info", "WORKERS": "9"}, "WORKERS is more than maximum 8"),
    "too much": ({"LEVEL": "info", "RATIO": "0.6"}, "RATIO is more than maximum 0.5"),
    "neither": ({"LEVEL": "info", "FAST": "yes"}, "FAST is no boolean"),
    "too short": ({"LEVEL": "info", "NAME": "a"}, "NAME is less than minLength 2"),
    "too long": ({"LEVEL": "info", "NAME": "abcde"}, "NAME is more than maxLength 4"),
}
UNREAD: dict[str, tuple[str, str]] = {
    "no JSON": ("{", "is no JSON schema of settings"),
    "a list": ("[]", "is no JSON schema of settings|which is not understood"),
    "more than is understood": (json.dumps({"oneOf": []}), "uses oneOf, which is not understood here"),
    "more of one setting": (json.dumps({"properties": {"A": {"pattern": "x"}}}), "uses pattern"),
    "another type": (json.dumps({"properties": {"A": {"type": "array"}}}), "uses type 'array'"),
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    found = tmp_path / "settings.schema.json"
    found.write_text(json.dumps(SCHEMA))
    return found


def test_what_fits_fits(file: Path) -> None:
    fine = {"LEVEL": "info", "WORKERS": "8", "RATIO": "0.5", "FAST": "true", "NAME": "abcd"}

    refuse_misfits(file, fine, {"TOKEN": "a/b"})
    refuse_misfits(file.with_name("none"), {"ANYTHING": "1"}, {})
    refuse_misfits(file, {}, {"LEVEL": "a/b"})


@pytest.mark.parametrize("title", MISFITS)
def test_what_does_not_is_named(file: Path, title: str) -> None:
    values, said = MISFITS[title]

    with pytest.raises(StepError, match=said):
        refuse_misfits(file, values, {})


@pytest.mark.parametrize("title", UNREAD)
def test_a_schema_is_not_half_understood(file: Path, title: str) -> None:
    text, said = UNREAD[title]
    file.write_text(text)

    with pytest.raises(StepError, match=said):
        refuse_misfits(file, {}, {})
