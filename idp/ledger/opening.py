"""The ledger that the settings name."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from idp.errors import DefinitionError
from idp.ledger.protocol import Ledger
from idp.ledger.sqlite import SqliteLedger


@asynccontextmanager
async def opened(data: Path, url: str | None) -> AsyncIterator[Ledger]:
    """PostgreSQL where `url` names one, else SQLite in the folder `data`. Raises DefinitionError, LedgerUnavailableError."""
    ledger = SqliteLedger(data / "ledger.db") if url is None else _postgresql(url)
    await ledger.open()
    try:
        yield ledger
    finally:
        await ledger.close()


def _postgresql(url: str) -> Ledger:
    if not url.startswith(("postgresql://", "postgres://")):
        message = (
            "IDP_LEDGER_URL is no postgresql://user:password@host:port/database. Correct it, or unset it for SQLite."
        )
        raise DefinitionError(message)
    try:
        from idp.ledger.postgresql import PostgresqlLedger  # noqa: PLC0415 - an extra: embedded needs no driver
    except ModuleNotFoundError as error:
        message = f"IDP_LEDGER_URL names PostgreSQL, and {error.name} is not installed. Install idp[cluster]."
        raise DefinitionError(message) from error
    return PostgresqlLedger(url)
