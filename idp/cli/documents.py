"""Requests in files: YAML or JSON, each document `capability:` and `spec:`."""

import json
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import yaml

from idp.cli.errors import DocumentError

_KEYS: Final = {"capability", "spec"}
_KEY_TAGS: Final = {"tag:yaml.org,2002:str", "tag:yaml.org,2002:merge"}


@dataclass(frozen=True, kw_only=True)
class Document:
    """One request of a file."""

    capability: str
    spec: dict[str, Any]


class _Loader(yaml.SafeLoader):
    """Refuses a key that comes twice (the first value would silently be lost) or is no text (`on: x`, say)."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002 - PyYAML's signature
        seen = set()
        for key, _ in node.value:
            if key.tag not in _KEY_TAGS:
                message = f"the key {key.value!r} is no text; quote it"
                raise yaml.constructor.ConstructorError(None, None, message, key.start_mark)
            if key.value in seen:
                message = f"the key {key.value!r} comes twice"
                raise yaml.constructor.ConstructorError(None, None, message, key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def documents(text: str, source: str) -> list[Document]:
    """Every request in the text; `source` is named in errors. Raises DocumentError, and then none is to be sent."""
    found = [_document(value, f"{source}, document {number}") for number, value in enumerate(_values(text, source), 1)]
    if not found:
        message = f"{source} holds no request."
        raise DocumentError(message, move="Write `capability:` and `spec:`; see examples/.")
    return found


def _values(text: str, source: str) -> Iterator[Any]:
    """YAML's documents, those that are lists taken apart; JSON is YAML, but for tabs, so it is tried first."""
    try:
        parsed = [json.loads(text, object_pairs_hook=_once)]
    except ValueError:
        try:
            parsed = [value for value in yaml.load_all(text, _Loader) if value is not None]
        except yaml.YAMLError as error:
            message = f"{source} is neither YAML nor JSON: {error}"
            raise DocumentError(message) from error
    for value in parsed:
        yield from value if isinstance(value, list) else [value]


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object, or (twice a key) ValueError, which YAML then reports with its line."""
    value = dict(pairs)
    if len(value) < len(pairs):
        message = "a key comes twice"
        raise ValueError(message)
    return value


def _document(value: Any, place: str) -> Document:
    if not isinstance(value, dict) or set(value) != _KEYS:
        found = ", ".join(map(str, value)) if isinstance(value, dict) else type(value).__name__
        message = f"{place}: a request has exactly `capability` and `spec`; found {found}."
        raise DocumentError(message)
    if not isinstance(value["capability"], str) or not isinstance(value["spec"], dict):
        message = f"{place}: `capability` is a name and `spec` holds its fields."
        raise DocumentError(message)
    try:
        json.dumps(value["spec"], allow_nan=False)
    except (TypeError, ValueError) as error:
        message = f"{place}: a value is not JSON ({error}); a date wants quotes."
        raise DocumentError(message) from error
    return Document(capability=value["capability"], spec=value["spec"])
