"""Open the ledger that the settings name."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from idp.errors import DefinitionError
from idp.ledger.protocol import Ledger
from idp.ledger.sqlite import SqliteLedger


@asynccontextmanager
async def opened(data: Path, url: str | None) -> AsyncIterator[Ledger]:
    """SQLite in the folder `data`; `url` names a PostgreSQL instead. Raises DefinitionError, LedgerUnavailableError."""
    if url is not None:
        message = "This version keeps its ledger in SQLite alone: unset IDP_LEDGER_URL."
        raise DefinitionError(message)
    ledger = SqliteLedger(data / "ledger.db")
    await ledger.open()
    try:
        yield ledger
    finally:
        await ledger.close()
