"""Strict schemas of all that is applied: Argo's from beside the tests, Kubernetes' from a package."""

import importlib.resources
import json
import lzma
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import jsonschema_rs

_KEPT: Final = Path(__file__).parents[1] / "schemas"
_KUBERNETES: Final = "kubernetes-json-schema/v1.35.0-local-strict"
OTHERS: Final = {"Kustomization": "kustomize's own; kubectl refuses a field that it does not know"}
"""Kinds that no schema is there for, and who looks at them."""


def errors(thing: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with an object, and where. Raises FileNotFoundError for a kind that nobody knows."""
    for error in _validator(thing["apiVersion"], thing["kind"]).iter_errors(thing):
        yield f"{thing['kind']} {'.'.join(map(str, error.instance_path))}: {error.message}"


@cache
def _validator(version: str, kind: str) -> Any:
    if version.partition("/")[0] in ("argoproj.io", "external-secrets.io"):
        (file,) = _KEPT.glob(f"{kind}-v*.json*")
        content = lzma.decompress(file.read_bytes()) if file.suffix == ".xz" else file.read_bytes()
        return jsonschema_rs.validator_for(json.loads(content))
    short = re.sub(r"^([^./]*)(?:\.[^/]*)?/", r"\1-", version)
    schema = json.loads(_packaged(f"{kind.lower()}-{short}.json"))
    return jsonschema_rs.validator_for(
        schema | {"$id": "file:///schema.json"}, retriever=lambda _: json.loads(_packaged("_definitions.json"))
    )


def _packaged(name: str) -> str:
    return importlib.resources.files("kubernetes_validate").joinpath(_KUBERNETES, name).read_text()
