"""What the root `tools` tells each chart, once it was applied."""

import json
from typing import Any

import yaml

from tests.platform.ground import Ground
from tests.platform.terraform import resources


def releases(where: Ground) -> dict[str, dict[str, Any]]:
    """Release -> its arguments, and under `merged` its values as Helm merges them."""
    shown = json.loads(where.terraform(where.root("tools"), "show", "-json"))
    found = {
        values["name"]: values
        for address, values in resources({"planned_values": shown["values"]}).items()
        if address.endswith(".helm_release.this")
    }
    return {name: {**values, "merged": _merged(values["values"])} for name, values in found.items()}


def _merged(documents: list[str]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for document in documents:
        _merge(result, yaml.safe_load(document) or {})
    return result


def _merge(into: dict[str, Any], values: dict[str, Any]) -> None:
    for key, value in values.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value
