"""Two servers' ledgers in one database, and a connection beside them."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from idp.ledger.protocol import Ledger
from tests.ledger.postgresql import server
from tests.ledger.samples import Clock
from tests.ledger.stores import postgresql


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def one(tmp_path: Path, clock: Clock) -> AsyncIterator[Ledger]:
    ledger = postgresql(tmp_path, clock)
    await ledger.open()
    yield ledger
    await ledger.close()


@pytest.fixture
async def two(one: Ledger, tmp_path: Path, clock: Clock) -> AsyncIterator[Ledger]:
    """Opened after the first."""
    del one
    ledger = postgresql(tmp_path, clock)
    await ledger.open()
    yield ledger
    await ledger.close()


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[asyncpg.Connection]:
    """What an operator sees, in the schema of the test."""
    await server.made(tmp_path)
    connection = await asyncpg.connect(server.url(tmp_path))
    yield connection
    await connection.close()
