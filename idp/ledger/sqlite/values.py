"""Values as SQLite keeps them."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any


def time_text(at: datetime) -> str:
    """UTC text of one width, so that it sorts as time does."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def bound(values: Iterable[Any]) -> tuple[Any, ...]:
    """A row's values."""
    return tuple(time_text(value) if isinstance(value, datetime) else value for value in values)
