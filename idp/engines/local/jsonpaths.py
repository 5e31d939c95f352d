r"""gjson and sjson paths, as far as Argo Events' parameters have use for them; every other path is refused.

Reading (`dataKey`): keys with `\.` escapes and list indices. Writing (`dest`): the same, and `#(name=="x")`.
Sources: tidwall/gjson v1.19.0, tidwall/sjson v1.2.5, argo-events v1.9.11 pkg/sensors/triggers/params.go.
"""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from json.decoder import scanstring  # type: ignore[attr-defined]  # where json keeps it
from typing import Any

_PART = re.compile(
    r'#\((?P<key>[A-Za-z]+)=="(?P<value>[^"\\]*)"\)|(?P<plain>(?:\\.|[^.\\|#@*?{}\[\]()!:=<>%])+)', re.DOTALL
)
_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Key:
    """A key of an object, or a place in a list."""

    name: str


@dataclass(frozen=True, slots=True)
class Match:
    """`#(key=="value")`: the first object of a list that has this."""

    key: str
    value: str


Part = Key | Match


def parts(path: str) -> tuple[Part, ...]:
    """The path, part by part. Raises ValueError for what is not carried out here."""
    found: list[Part] = []
    at = 0
    while True:
        match = _PART.match(path, at)
        if not match:
            message = f'{path!r}: the embedded engine reads keys, indices and #(key=="value"), not {path[at:]!r}'
            raise ValueError(message)
        plain = match.group("plain")
        found.append(Match(match["key"], match["value"]) if plain is None else Key(re.sub(r"\\(.)", r"\1", plain)))
        at = match.end()
        if at == len(path):
            return tuple(found)
        if path[at] != ".":
            message = f"{path!r}: a '.' is missing before {path[at:]!r}"
            raise ValueError(message)
        at += 1


def value_at(document: str, path: tuple[Key, ...]) -> str:
    """What Argo Events takes from the document: texts decoded, objects and lists byte for byte, numbers as gjson writes them.

    Raises KeyError where there is nothing.
    """
    start = _SPACE.match(document, 0).end()  # type: ignore[union-attr]  # matches the empty text, too
    for part in path:
        start = _member(document, start, part)
    return _text(document[start : _end(document, start)])


def placed(resource: Any, path: tuple[Part, ...], value: str) -> None:
    """Set the text at the path, in place, as sjson does.

    Raises ValueError where sjson would do nothing, pad a list with nulls, or replace what is no object.
    """
    searched = any(isinstance(part, Match) for part in path)
    for part in path[:-1]:
        resource = _inner(resource, part, make=not searched)
    last = path[-1]
    if isinstance(resource, dict) and isinstance(last, Key):
        if searched and last.name not in resource:
            message = f"no {last.name!r} to replace: sjson would silently change nothing"
            raise ValueError(message)
        resource[last.name] = value
    elif isinstance(resource, list):
        resource[_index(resource, last)] = value
    else:
        message = f"{last} cannot be set in {type(resource).__name__}"
        raise ValueError(message)  # noqa: TRY004 - of the path, not of a type here


def _member(document: str, start: int, part: Key) -> int:
    if document[start] == "{":
        for key, at in _members(document, start):
            if key == part.name:
                return at
    elif document[start] == "[" and part.name.isdecimal():
        for index, at in enumerate(_items(document, start)):
            if index == int(part.name):
                return at
    raise KeyError(part.name)


def _members(document: str, start: int) -> Iterator[tuple[str, int]]:
    """Keys and where their values start; the first of two equal keys comes first, and gjson takes it."""
    at = _skip(document, start + 1)
    while document[at] != "}":
        key, at = scanstring(document, at + 1)
        at = _skip(document, _skip(document, at) + 1)
        yield key, at
        at = _skip(document, _end(document, at))
        at = _skip(document, at + 1) if document[at] == "," else at


def _items(document: str, start: int) -> Iterator[int]:
    at = _skip(document, start + 1)
    while document[at] != "]":
        yield at
        at = _skip(document, _end(document, at))
        at = _skip(document, at + 1) if document[at] == "," else at


def _skip(document: str, at: int) -> int:
    return _SPACE.match(document, at).end()  # type: ignore[union-attr]  # matches the empty text, too


def _end(document: str, start: int) -> int:
    return _DECODER.raw_decode(document, start)[1]


def _text(raw: str) -> str:
    if raw[0] == '"':
        return str(json.loads(raw)).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if raw[0] in "-0123456789":
        return raw if raw.lstrip("-").isdecimal() else _number(float(raw))
    return raw


def _number(value: float) -> str:
    """Go's FormatFloat(value, 'f', -1, 64): the shortest digits that mean the same, never an exponent."""
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    digits = format(Decimal(repr(value)), "f")
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def _inner(resource: Any, part: Part, *, make: bool) -> Any:
    """The next object on the way; sjson makes one where there is none, unless it searches."""
    if isinstance(resource, list):
        return resource[_index(resource, part)]
    if isinstance(resource, dict) and isinstance(part, Key):
        inner = resource.setdefault(part.name, {}) if make else resource.get(part.name)
        if isinstance(inner, dict | list):
            return inner
    message = f"{part} leads nowhere in {type(resource).__name__}"
    raise ValueError(message)


def _index(resource: list[Any], part: Part) -> int:
    if isinstance(part, Match):
        for index, item in enumerate(resource):
            if isinstance(item, dict) and item.get(part.key) == part.value:
                return index
        message = f'#({part.key}=="{part.value}") matches nothing: sjson would silently change nothing'
        raise ValueError(message)
    if part.name.isdecimal() and int(part.name) < len(resource):
        return int(part.name)
    message = f"{part.name!r} is no place in a list of {len(resource)}: sjson would pad it with nulls"
    raise ValueError(message)
