import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from idp.ledger.protocol import LedgerBusyError, LedgerUnavailableError
from idp.ledger.sqlite.connecting import writer
from idp.ledger.sqlite.writing import GroupCommit, Transaction
from tests.ledger.samples import Clock

pytestmark = pytest.mark.anyio


def insert(transaction: Transaction, value: int) -> int:
    transaction.connection.execute("INSERT INTO t VALUES (?)", (value,))
    transaction.requests.add(str(value))
    return value


class Table:
    """A table of one column, a group commit over it, and what another connection sees."""

    def __init__(self, path: Path) -> None:
        self.connection = writer(path)
        self.connection.execute("CREATE TABLE t (x INTEGER PRIMARY KEY) STRICT")
        self.path = path
        self.committed: list[set[str]] = []
        self.group = GroupCommit(
            self.connection, now=Clock(), committed=lambda done: self.committed.append(done.requests), longest_queue=20
        )

    def seen(self) -> list[int]:
        with closing(sqlite3.connect(self.path)) as other:
            return [row[0] for row in other.execute("SELECT x FROM t ORDER BY x")]


@pytest.fixture
async def table(tmp_path: Path) -> AsyncIterator[Table]:
    table = Table(tmp_path / "t.db")
    yield table
    await table.group.close()
    table.connection.close()


async def test_what_arrives_together_is_one_transaction_and_answered_after_it(table: Table) -> None:
    results = await asyncio.gather(*(table.group.write(partial(insert, value=value)) for value in range(10)))
    assert results == list(range(10))
    assert table.committed == [{str(value) for value in range(10)}]
    assert table.seen() == list(range(10))


async def test_what_arrives_while_a_commit_runs_goes_into_the_next(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, go_on = held_commits(table, monkeypatch)
    first = asyncio.create_task(table.group.write(partial(insert, value=0)))
    await held.wait()
    rest = [asyncio.create_task(table.group.write(partial(insert, value=value))) for value in range(1, 6)]
    await asyncio.sleep(0.01)
    assert table.seen() == []
    assert not first.done()
    go_on.set()
    await asyncio.gather(first, *rest)
    assert table.committed == [{"0"}, {"1", "2", "3", "4", "5"}]


def held_commits(table: Table, monkeypatch: pytest.MonkeyPatch) -> tuple[asyncio.Event, Event]:
    """Commits stop before they begin: the first event says that one does, the second lets all go on."""
    held, go_on = asyncio.Event(), Event()
    loop, submit = asyncio.get_running_loop(), table.group._helper.submit

    def held_up(work: Callable[..., Any], *arguments: Any) -> Any:
        loop.call_soon_threadsafe(held.set)
        go_on.wait(60)
        return work(*arguments)

    monkeypatch.setattr(table.group._helper, "submit", lambda *arguments: submit(held_up, *arguments))
    return held, go_on


async def test_one_that_fails_leaves_nothing_and_its_neighbours_stand(table: Table) -> None:
    def half(transaction: Transaction) -> None:
        insert(transaction, 100)
        message = "half way"
        raise LookupError(message)

    results = await asyncio.gather(
        table.group.write(partial(insert, value=1)),
        table.group.write(half),
        table.group.write(partial(insert, value=1)),
        table.group.write(partial(insert, value=2**70)),
        table.group.write(partial(insert, value=2)),
        return_exceptions=True,
    )
    assert [type(result) for result in results] == [int, LookupError, sqlite3.IntegrityError, OverflowError, int]
    assert table.seen() == [1, 2]


async def test_a_full_disk_fails_all_that_wait_and_stores_nothing_of_them(table: Table) -> None:
    await table.group.write(partial(insert, value=1))
    (pages,) = table.connection.execute("PRAGMA page_count").fetchone()
    table.connection.execute(f"PRAGMA max_page_count = {pages}")
    fill = "INSERT INTO u SELECT randomblob(100000)"

    def too_much(transaction: Transaction) -> None:
        transaction.connection.execute("CREATE TABLE u (x)")
        transaction.connection.execute(fill)

    results = await asyncio.gather(
        table.group.write(partial(insert, value=2)),
        table.group.write(too_much),
        table.group.write(partial(insert, value=2)),
        return_exceptions=True,
    )
    assert [type(result) for result in results] == [LedgerUnavailableError] * 3
    assert "database or disk is full" in str(results[0])
    assert table.seen() == [1]
    table.connection.execute("PRAGMA max_page_count = 100000")
    assert await table.group.write(partial(insert, value=2)) == 2
    assert table.seen() == [1, 2]


async def test_a_refusal_because_of_a_neighbour_that_is_not_stored_is_not_told(table: Table) -> None:
    """The second minds the first; COMMIT fails; so the second's reason never was."""
    table.connection.execute("CREATE TABLE v (x REFERENCES t (x) DEFERRABLE INITIALLY DEFERRED)")

    def breaks_the_commit(transaction: Transaction) -> None:
        transaction.connection.execute("INSERT INTO v VALUES (77)")

    results = await asyncio.gather(
        table.group.write(partial(insert, value=1)),
        table.group.write(partial(insert, value=1)),
        table.group.write(breaks_the_commit),
        return_exceptions=True,
    )
    assert [type(result) for result in results] == [LedgerUnavailableError] * 3
    assert table.seen() == []
    assert table.committed == []


async def test_more_than_the_queue_holds_is_refused_at_once(table: Table) -> None:
    tasks = [asyncio.create_task(table.group.write(partial(insert, value=value))) for value in range(30)]
    results = await asyncio.gather(*tasks, return_exceptions=True)
    refused = [result for result in results if isinstance(result, LedgerBusyError)]
    assert len(refused) == 10
    assert "20 writes wait already; nothing is stored" in str(refused[0])
    assert table.seen() == list(range(20))


async def test_one_that_gave_up_before_its_turn_writes_nothing(table: Table) -> None:
    gone = asyncio.create_task(table.group.write(partial(insert, value=1)))
    stays = asyncio.create_task(table.group.write(partial(insert, value=2)))
    asyncio.get_running_loop().call_soon(gone.cancel)
    await stays
    with pytest.raises(asyncio.CancelledError):
        await gone
    assert table.seen() == [2]


async def test_one_that_gave_up_during_the_commit_disturbs_nobody(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, go_on = held_commits(table, monkeypatch)
    gone = asyncio.create_task(table.group.write(partial(insert, value=1)))
    stays = asyncio.create_task(table.group.write(partial(insert, value=2)))
    await held.wait()
    gone.cancel()
    go_on.set()
    assert await stays == 2
    assert table.seen() == [1, 2]


async def test_closing_finishes_what_waits_and_takes_no_more(tmp_path: Path) -> None:
    table = Table(tmp_path / "closing.db")
    tasks = [asyncio.create_task(table.group.write(partial(insert, value=value))) for value in range(5)]
    await asyncio.sleep(0)
    await table.group.close()
    assert await asyncio.gather(*tasks) == list(range(5))
    with pytest.raises(LedgerUnavailableError, match="is closed; nothing is stored"):
        await table.group.write(partial(insert, value=9))
    table.connection.close()
