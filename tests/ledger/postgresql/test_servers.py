"""Several servers write to one database at once, and what one of them stores the others hear."""

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from idp.errors import ConflictError
from idp.ledger.protocol import Ledger, OpenRequestError, QuotaError
from idp.ledger.records import Acceptance, Change, HistoryEntry, Page
from tests.ledger.samples import START, Clock, acceptance, request_record, resource_key
from tests.ledger.stores import postgresql

pytestmark = pytest.mark.anyio

_LOCKED_ONCE_SOMEBODY_WAITS = """
DO $$ BEGIN
    WHILE NOT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))) LOOP
        PERFORM pg_sleep(0.01);
    END LOOP;
    PERFORM id FROM request WHERE id = '{id}' FOR UPDATE;
END $$
"""
"""Within the database: who waits looks for a deadlock once, after a second, and a test may be held up as long."""

_WAITING = """
WITH RECURSIVE behind (pid) AS (
    SELECT pg_backend_pid()
    UNION SELECT other.pid FROM pg_stat_activity AS other JOIN behind ON behind.pid = ANY (pg_blocking_pids(other.pid))
) SELECT count(*) - 1 FROM behind
"""


async def accepted_by_turns(one: Ledger, two: Ledger, wishes: list[Acceptance]) -> list[Any]:
    """Each wish and what came of it; every other one goes to the second server, all at once."""
    ledgers = cycle([one, two])
    return await asyncio.gather(*(next(ledgers).accept(wish) for wish in wishes), return_exceptions=True)


async def test_the_quota_holds_whoever_is_asked(one: Ledger, two: Ledger) -> None:
    wishes = [acceptance(request_record(number, key=resource_key(f"n{number}")), quota=5) for number in range(40)]
    results = await accepted_by_turns(one, two, wishes)
    refused = [result for result in results if isinstance(result, QuotaError)]
    assert (len(results), len(refused)) == (40, 35)
    assert len(await one.resources(Page(), capability="environments")) == 5


async def test_a_resource_has_one_open_request_whoever_is_asked(one: Ledger, two: Ledger) -> None:
    results = await accepted_by_turns(one, two, [acceptance(request_record(number)) for number in range(40)])
    assert sum(isinstance(result, OpenRequestError) for result in results) == 39
    (stored,) = await two.requests(Page())
    resource = await one.resource(resource_key())
    assert resource is not None
    assert resource.open_request == stored.id


async def test_a_key_stores_one_request_whoever_is_asked(one: Ledger, two: Ledger) -> None:
    """Each caller names another resource, as a hurried retry would not: only the key itself keeps them apart."""
    wishes = [
        acceptance(request_record(number, key=resource_key(f"n{number}", team=f"team{number}"), idempotency_key="key"))
        for number in range(40)
    ]
    results = await accepted_by_turns(one, two, wishes)
    assert sorted(type(result).__name__ for result in results) == ["Accepted", *["KeyReusedError"] * 39]
    assert len(await one.requests(Page())) == 1


async def test_nobody_moves_in_while_the_environment_goes(one: Ledger, two: Ledger) -> None:
    """Twenty times a guest and the removal of its home are asked for at once: one of the two is refused."""
    for number in range(0, 80, 4):
        home = request_record(number, key=resource_key(f"home{number}"))
        await one.accept(acceptance(home))
        await one.change(Change(request=home.id, history=(), phase="succeeded"))
        guest = request_record(number + 1, key=resource_key(f"guest{number}", capability="storage"))
        removal = request_record(number + 2, "deprovision", key=home.key)
        results = await asyncio.gather(
            one.accept(acceptance(guest, environment=home.key.name, must_be_ready=(home.key,))),
            two.accept(acceptance(removal, refuse_while_inhabited=True)),
            return_exceptions=True,
        )
        assert sorted(isinstance(result, ConflictError) for result in results) == [False, True]


async def test_histories_have_no_gaps_and_nobody_waits_for_ever(one: Ledger, two: Ledger) -> None:
    """Each server's groups change the same requests in another order."""
    ids = [f"01k{number:023d}" for number in range(8)]
    for number, id_ in enumerate(ids):
        assert (await one.accept(acceptance(request_record(number, key=resource_key(f"n{number}"))))).request.id == id_
    shuffled = random.Random(7)  # noqa: S311 - the same at each run
    writes = [(ledger, id_) for id_ in ids for ledger in (one, two) for _ in range(10)]
    shuffled.shuffle(writes)
    async with asyncio.timeout(30):
        await asyncio.gather(*(ledger.record(id_, [("alarm", {})]) for ledger, id_ in writes))
    for id_ in ids:
        assert [each.sequence for each in await two.history(id_)] == list(range(1, 22))


async def test_of_two_decisions_at_once_one_counts(one: Ledger, two: Ledger) -> None:
    for number in range(10):
        request = request_record(number, key=resource_key(f"n{number}"))
        await one.accept(acceptance(request))
        ends = [Change(request=request.id, history=((end, {}),), phase=end) for end in ("cancelled", "rejected")]
        results = await asyncio.gather(one.change(ends[0]), two.change(ends[1]))
        assert sorted(result is None for result in results) == [False, True]
        assert len(await one.history(request.id)) == 2


async def test_two_servers_share_no_row(one: Ledger, two: Ledger) -> None:
    for number in range(20):
        await one.accept(acceptance(request_record(number, key=resource_key(f"n{number}"))))
    taken = await asyncio.gather(
        *(ledger.due(START, lease_seconds=60, limit=3) for _ in range(5) for ledger in (one, two))
    )
    rows = [row.request for rows in taken for row in rows]
    assert len(rows) == len(set(rows)) == 20


async def test_no_more_are_taken_than_asked_for_by_whatever_the_planner_believes(
    one: Ledger, database: asyncpg.Connection
) -> None:
    """It believes what it counted last: one row of each, as is usual where they soon go."""
    await database.execute("ALTER TABLE outbox SET (autovacuum_enabled = off)")
    await database.execute("ALTER TABLE report SET (autovacuum_enabled = off)")
    for number in range(20):
        request = request_record(number, key=resource_key(f"n{number}"))
        await one.accept(acceptance(replace(request, source="branch:main")))
        if number == 0:
            await database.execute("ANALYZE outbox, report")
    assert [len(await one.due(START, lease_seconds=60, limit=limit)) for limit in (3, 4, 50)] == [3, 4, 13]
    assert [len(await one.reports(START, lease_seconds=60, limit=limit)) for limit in (3, 4, 50)] == [3, 4, 13]


async def test_a_server_that_ends_gives_back_its_rows_alone(one: Ledger, tmp_path: Path, clock: Clock) -> None:
    for number in range(2):
        await one.accept(acceptance(request_record(number, key=resource_key(f"n{number}"))))
    third = postgresql(tmp_path, clock)
    await third.open()
    (kept,) = await one.due(START, lease_seconds=60, limit=1)
    (given_back,) = await third.due(START, lease_seconds=60, limit=1)
    await third.close()
    assert [row.request for row in await one.due(START, lease_seconds=60, limit=9)] == [given_back.request]
    again = await one.due(START + timedelta(seconds=60), lease_seconds=60, limit=9)
    assert [row.request for row in again] == [kept.request, given_back.request]


async def test_what_is_extended_beside_a_new_request_is_told_of_that(
    one: Ledger, two: Ledger, database: asyncpg.Connection
) -> None:
    await one.accept(acceptance(request_record(1)))
    await one.change(Change(request=request_record(1).id, history=(("failed", {}),), phase="failed"))
    async with database.transaction():
        await database.execute("SELECT FROM resource FOR UPDATE")
        newer = asyncio.create_task(two.accept(acceptance(request_record(2))))
        await waiting(database, 1)
        extended = asyncio.create_task(one.extend(resource_key(), START, by="ann"))
        await waiting(database, 2)
    await asyncio.wait_for(asyncio.gather(newer, extended), 20)
    told = {number: [entry.kind for entry in await one.history(request_record(number).id)] for number in (1, 2)}
    assert told == {1: ["accepted", "failed"], 2: ["accepted", "extended"]}


async def waiting(database: asyncpg.Connection, number: int) -> None:
    """Until so many wait for what this connection has locked, or for one of those."""
    async with asyncio.timeout(20):
        while await database.fetchval(_WAITING) < number:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)


async def test_a_follower_hears_what_another_server_stores(one: Ledger, two: Ledger) -> None:
    request = request_record(1)
    await one.accept(acceptance(request))
    entries: AsyncIterator[HistoryEntry] = two.follow(request.id, after=1)
    waiting = asyncio.ensure_future(anext(entries))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    await one.record(request.id, [("alarm", {})])
    assert (await asyncio.wait_for(waiting, 20)).sequence == 2


async def test_a_relay_hears_of_work_that_another_server_stores(one: Ledger, two: Ledger) -> None:
    await two.wait_for_work(0)
    waiting = asyncio.create_task(two.wait_for_work(30))
    request = request_record(1)
    await one.accept(acceptance(request))
    await asyncio.wait_for(waiting, 20)
    waiting = asyncio.create_task(two.wait_for_work(30))
    await one.record(request.id, [("alarm", {})])
    done, _ = await asyncio.wait({waiting}, timeout=0.1)
    assert not done, "history alone is no work"
    await one.change(Change(request=request.id, history=(), outbox="resume"))
    await asyncio.wait_for(waiting, 20)


async def test_news_of_more_than_one_notification_can_hold_reach_everybody(one: Ledger, two: Ledger) -> None:
    ids = [f"01k{number:023d}" for number in range(250)]
    wishes = [acceptance(request_record(number, key=resource_key(f"n{number}"))) for number in range(250)]
    await asyncio.gather(*(one.accept(wish) for wish in wishes))
    followers = [asyncio.ensure_future(anext(two.follow(id_, after=1))) for id_ in ids]
    await asyncio.sleep(0.1)
    await asyncio.gather(*(one.record(id_, [("alarm", {})]) for id_ in ids))
    entries = await asyncio.wait_for(asyncio.gather(*followers), 20)
    assert {entry.sequence for entry in entries} == {2}


async def test_a_row_that_somebody_is_just_taking_holds_up_nobody(one: Ledger, database: asyncpg.Connection) -> None:
    ids = [f"01k{number:023d}" for number in range(2)]
    for number in range(2):
        await one.accept(acceptance(request_record(number, key=resource_key(f"n{number}"))))
    async with database.transaction():
        await database.execute("SELECT FROM outbox WHERE request = $1 FOR UPDATE", ids[0])
        rows = await asyncio.wait_for(one.due(START, lease_seconds=60, limit=9), 20)
    assert [row.request for row in rows] == ids[1:]


async def test_a_group_that_the_database_undid_is_tried_again(one: Ledger, database: asyncpg.Connection) -> None:
    """Somebody locks in the other order; the database ends the deadlock by undoing the group, which looks for one first."""
    ids = [f"01k{number:023d}" for number in range(2)]
    for number in range(2):
        await one.accept(acceptance(request_record(number, key=resource_key(f"n{number}"))))
    await database.execute("SET deadlock_timeout = '1min'")
    async with database.transaction():
        await database.execute("SELECT FROM request WHERE id = $1 FOR UPDATE", ids[1])
        recording = asyncio.gather(*(one.record(id_, [("alarm", {})]) for id_ in ids))
        await database.execute(_LOCKED_ONCE_SOMEBODY_WAITS.format(id=ids[0]), timeout=60)
        assert not recording.done()
    await asyncio.wait_for(recording, 20)
    assert [len(await one.history(id_)) for id_ in ids] == [2, 2]
