import asyncio
import resource
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from functools import partial
from pathlib import Path

import pytest

from idp.ledger.accepting import accept
from idp.ledger.migrations import known
from idp.ledger.protocol import LedgerUnavailableError
from idp.ledger.records import Page
from idp.ledger.sqlite import SqliteLedger
from idp.ledger.sqlite.connecting import settle
from idp.ledger.sqlite.migrating import migrate
from idp.ledger.sqlite.storing import carry_out
from idp.ledger.sqlite.writing import GroupCommit
from tests.ledger.samples import Clock, acceptance, request_record, resource_key
from tests.ledger.sqlite.synced import Disk, SyncedConnection

pytestmark = pytest.mark.anyio

POWER_CUTS = 60


@contextmanager
def full_disk_above(size: int) -> Iterator[None]:
    """No file may grow beyond `size` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_full_disk_tells_all_and_stores_nothing_half(tmp_path: Path) -> None:
    ledger = SqliteLedger(tmp_path / "ledger.db")
    await ledger.open()
    wishes = [
        acceptance(request_record(number, key=resource_key(f"n{number}"), spec={"text": "x" * 5000}))
        for number in range(60)
    ]
    await asyncio.gather(*(ledger.accept(wish) for wish in wishes[:20]))
    with full_disk_above((tmp_path / "ledger.db-wal").stat().st_size + 8192):
        results = await asyncio.gather(*(ledger.accept(wish) for wish in wishes[20:]), return_exceptions=True)
        assert {type(result) for result in results} == {LedgerUnavailableError}
        assert "nothing is stored. Free or mend the disk" in str(results[0])
        with pytest.raises(LedgerUnavailableError):
            await ledger.accept(acceptance(request_record(90, spec={"text": "x" * 50_000})))
        assert len(await ledger.requests(Page(limit=100))) == 20
    await asyncio.gather(*(ledger.accept(wish) for wish in wishes[20:]))
    assert (await ledger.backlog())[0] == 60
    await ledger.close()


@asynccontextmanager
async def group_on(disk: Disk, folder: Path, synchronous: str | None) -> AsyncIterator[GroupCommit]:
    """The ledger's own settings, schema and group commit on a disk whose plug can be pulled."""
    with closing(SyncedConnection(folder / "ledger.db", disk)) as connection:
        settle(connection)
        migrate(connection, known("idp.ledger.sqlite"))
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        if synchronous:
            connection.execute(f"PRAGMA synchronous = {synchronous}")
        group = GroupCommit(connection, now=Clock(), committed=lambda _: None)
        yield group
        await group.close()


async def lost_to_power_cuts(folder: Path, *, synchronous: str | None = None) -> int:
    """After how many acknowledged accepts a pulled plug loses one."""
    (aside := folder / "aside").mkdir(parents=True)
    disk = Disk(aside)
    lost = 0
    async with group_on(disk, folder, synchronous) as group:
        for number in range(1, POWER_CUTS + 1):
            wish = acceptance(request_record(number, key=resource_key(f"n{number}")))
            await group.write(partial(carry_out, work=partial(accept, acceptance=wish)))
            disk.plug_pulled(folder / str(number))
            lost += whole_requests(folder / str(number) / "ledger.db") < number
    disk.unregister()
    return lost


def whole_requests(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        requests = connection.execute("SELECT id FROM request ORDER BY 1").fetchall()
        assert requests == connection.execute("SELECT request FROM outbox ORDER BY 1").fetchall()
    return len(requests)


async def test_a_power_cut_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    assert await lost_to_power_cuts(tmp_path / "ours") == 0


async def test_the_test_of_power_cuts_sees_a_loss_where_there_is_one(tmp_path: Path) -> None:
    assert await lost_to_power_cuts(tmp_path / "control", synchronous="NORMAL") == POWER_CUTS
