"""Values as PostgreSQL keeps them."""

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

_TYPES: Final = {
    "applied_spec": "json",
    "at": "timestamptz",
    "attempts": "bigint",
    "carriers": "json",
    "changes": "bigint",
    "created_at": "timestamptz",
    "data": "json",
    "expires_at": "timestamptz",
    "finished_at": "timestamptz",
    "generation": "bigint",
    "known_as": "json",
    "next_at": "timestamptz",
    "outputs": "json",
    "permitted": "boolean",
    "sequence": "bigint",
    "since": "timestamptz",
    "spec": "json",
    "summary": "json",
    "updated_at": "timestamptz",
}
"""Of columns that are not text, whatever their table."""


_FREE: Final = frozenset({"comment", "message"})
"""Columns of what people and programs say."""


def text(value: str) -> str:
    """What no text can hold (NUL, lone surrogates) stands as a question mark."""
    if value.isascii() and "\0" not in value:
        return value
    return value.replace("\0", "?").encode(errors="replace").decode()


def quoted(value: str) -> str:
    """As it stands in a JSON text. No operator finds it there: they refuse a text with an escaped NUL anywhere."""
    return json.dumps(value)


def asked(value: object) -> object:
    """A value to look for: one that cannot be there is not found, and is no error."""
    return text(value) if isinstance(value, str) else value


def unnested(columns: Iterable[str], *, after: int) -> str:
    """Rows from one array for each column, as a table expression; `after` so many earlier values of the statement."""
    arrays = (f"${number}::{_TYPES.get(column, 'text')}[]" for number, column in enumerate(columns, start=after + 1))
    return f"unnest({', '.join(arrays)})"


def arrays(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """The rows' values as `unnested` takes them. A message is never refused, an identifier may be."""
    if not rows:
        return [[] for _ in columns]
    return [
        list(map(text, values)) if column in _FREE else list(values)
        for column, values in zip(columns, zip(*rows, strict=True), strict=True)
    ]
