import asyncio
from datetime import timedelta

import pytest

from idp.ledger.protocol import Ledger
from idp.ledger.records import Change
from tests.ledger.conftest import Reopen
from tests.ledger.samples import START, Clock, acceptance, request_record, resource_key

pytestmark = pytest.mark.anyio


async def filed(ledger: Ledger, count: int, *, capability: str = "environments") -> list[str]:
    wishes = [
        acceptance(request_record(number, key=resource_key(f"n{number}", capability=capability), capability=capability))
        for number in range(count)
    ]
    return [(await ledger.accept(wish)).request.id for wish in wishes]


async def test_a_taken_row_is_nobody_elses_until_its_lease_ends(ledger: Ledger) -> None:
    (id_,) = await filed(ledger, 1)
    assert [row.request for row in await ledger.due(START, lease_seconds=60, limit=9)] == [id_]
    assert await ledger.due(START + timedelta(seconds=59), lease_seconds=60, limit=9) == []
    (again,) = await ledger.due(START + timedelta(seconds=60), lease_seconds=60, limit=9)
    assert (again.request, again.attempts) == (id_, 0)


async def test_two_takers_share_no_row(ledger: Ledger) -> None:
    ids = await filed(ledger, 10)
    taken = await asyncio.gather(*(ledger.due(START, lease_seconds=60, limit=4) for _ in range(4)))
    assert sorted(row.request for rows in taken for row in rows) == ids
    assert all(len(rows) <= 4 for rows in taken)


async def test_rows_come_oldest_first_and_no_more_than_asked_for(ledger: Ledger, clock: Clock) -> None:
    first = acceptance(request_record(9, key=resource_key("first")))
    await ledger.accept(first)
    clock.forward(1)
    rest = await filed(ledger, 3)
    rows = await ledger.due(clock.at, lease_seconds=60, limit=3)
    assert [row.request for row in rows] == [first.request.id, *rest[:2]]


async def test_a_row_put_off_counts_and_comes_when_its_time_has_come(ledger: Ledger) -> None:
    await filed(ledger, 1)
    (row,) = await ledger.due(START, lease_seconds=60, limit=9)
    later = START + timedelta(seconds=7)
    await ledger.put_off(row, later)
    assert await ledger.due(later - timedelta(microseconds=1), lease_seconds=60, limit=9) == []
    (again,) = await ledger.due(later, lease_seconds=60, limit=9)
    assert (again.sequence, again.attempts, again.next_at) == (row.sequence, 1, later)


async def test_a_closed_row_is_gone_and_stays_so(ledger: Ledger) -> None:
    (id_,) = await filed(ledger, 1)
    (row,) = await ledger.due(START, lease_seconds=0, limit=9)
    await ledger.closed(id_, "publish")
    await ledger.put_off(row, START)
    assert await ledger.due(START, lease_seconds=60, limit=9) == []
    assert await ledger.backlog() == (0, None)


async def test_busy_lanes_are_left_out(ledger: Ledger) -> None:
    await filed(ledger, 2)
    other = request_record(5, key=resource_key(capability="storage"))
    await ledger.accept(acceptance(other))
    await ledger.change(Change(request=other.id, history=(), outbox="resume"))
    rows = await ledger.due(START, lease_seconds=60, limit=1, busy={"publish/environments"})
    assert [row.lane for row in rows] == ["publish/storage"]
    rows = await ledger.due(START, lease_seconds=60, limit=9, busy={"publish/environments"})
    assert [row.lane for row in rows] == ["resume"]


async def test_telling_again_makes_the_row_due_now(ledger: Ledger) -> None:
    (id_,) = await filed(ledger, 1)
    (row,) = await ledger.due(START, lease_seconds=60, limit=9)
    await ledger.put_off(row, START + timedelta(days=1))
    await ledger.change(Change(request=id_, history=(), outbox="publish"))
    (again,) = await ledger.due(START, lease_seconds=60, limit=9)
    assert (again.sequence, again.attempts) == (row.sequence, 1)


async def test_the_backlog_tells_how_many_wait_and_since_when(ledger: Ledger, clock: Clock) -> None:
    await filed(ledger, 1)
    clock.forward(5)
    await ledger.accept(acceptance(request_record(7, key=resource_key("later"))))
    assert await ledger.backlog() == (2, START)


async def test_waiting_ends_with_new_work(ledger: Ledger) -> None:
    waiting = asyncio.create_task(ledger.wait_for_work(30))
    await asyncio.sleep(0)
    await filed(ledger, 1)
    await asyncio.wait_for(waiting, 20)


async def test_work_that_came_before_the_waiting_is_not_missed(ledger: Ledger) -> None:
    await filed(ledger, 1)
    await asyncio.wait_for(ledger.wait_for_work(30), 20)


async def test_waiting_ends_after_its_time(ledger: Ledger) -> None:
    await asyncio.wait_for(ledger.wait_for_work(0.05), 20)


async def test_a_change_without_work_does_not_end_the_waiting(ledger: Ledger) -> None:
    (id_,) = await filed(ledger, 1)
    await ledger.wait_for_work(0)
    waiting = asyncio.create_task(ledger.wait_for_work(600))
    await ledger.record(id_, [("alarm", {})])
    done, _ = await asyncio.wait({waiting}, timeout=0.05)
    assert not done
    await ledger.change(Change(request=id_, history=(), outbox="resume"))
    await asyncio.wait_for(waiting, 20)


async def test_a_lease_ends_with_its_process(reopen: Reopen) -> None:
    first = reopen()
    await first.open()
    (id_,) = await filed(first, 1)
    await first.due(START, lease_seconds=3600, limit=9)
    await first.close()
    second = reopen()
    await second.open()
    assert [row.request for row in await second.due(START, lease_seconds=1, limit=9)] == [id_]
    await second.close()
