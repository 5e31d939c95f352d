"""The time of what is stored."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The clock of history."""
    return datetime.now(UTC)
