"""Every store there is, by name: what takes a ledger in a test runs on each."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from typing_extensions import override

from idp.ledger.clock import utc_now
from idp.ledger.postgresql import PostgresqlLedger
from idp.ledger.protocol import Ledger
from idp.ledger.sqlite import SqliteLedger
from tests.ledger.postgresql import server

Store = Callable[[Path, Callable[[], datetime]], Ledger]


def sqlite(folder: Path, now: Callable[[], datetime] = utc_now) -> Ledger:
    """In a file of the folder."""
    return SqliteLedger(folder / "ledger.db", now=now)


def postgresql(folder: Path, now: Callable[[], datetime] = utc_now) -> Ledger:
    """In a schema named after the folder."""
    return _InOwnSchema(folder, now)


class _InOwnSchema(PostgresqlLedger):
    """An operator makes the database before the first server starts; a test makes it then."""

    def __init__(self, folder: Path, now: Callable[[], datetime]) -> None:
        super().__init__(server.url(folder), now=now)
        self._folder = folder

    @override
    async def open(self) -> None:
        await server.made(self._folder)
        await super().open()


STORES: Mapping[str, Store] = {"sqlite": sqlite, "postgresql": postgresql}
