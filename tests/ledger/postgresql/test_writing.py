import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from idp.errors import ConflictError
from idp.ledger.postgresql import PostgresqlLedger
from idp.ledger.protocol import Ledger, LedgerBusyError
from idp.ledger.records import Change, Page, RequestRecord
from tests.ledger.postgresql import server
from tests.ledger.samples import START, acceptance, request_record, resource_key

pytestmark = pytest.mark.anyio


async def transactions(database: asyncpg.Connection) -> int:
    """How many stored the requests that there are."""
    count: int = await database.fetchval("SELECT count(DISTINCT xmin::text) FROM request")
    return count


async def test_what_arrives_together_is_one_transaction(one: Ledger, database: asyncpg.Connection) -> None:
    wishes = [acceptance(request_record(number, key=resource_key(f"n{number}"))) for number in range(200)]
    await asyncio.gather(*(one.accept(wish) for wish in wishes))
    assert await transactions(database) == 1


async def test_what_arrives_while_a_group_is_held_up_goes_into_the_next(
    one: Ledger, database: asyncpg.Connection
) -> None:
    first = request_record(0)
    await one.accept(acceptance(first))
    async with database.transaction():
        await database.execute("SELECT FROM request FOR UPDATE")
        held = asyncio.create_task(one.record(first.id, [("alarm", {})]))
        await asyncio.sleep(0.05)
        rest = [
            asyncio.create_task(one.accept(acceptance(request_record(number, key=resource_key(f"n{number}")))))
            for number in range(1, 30)
        ]
        await asyncio.sleep(0.05)
        assert not any(task.done() for task in (held, *rest))
    await asyncio.gather(held, *rest)
    assert await transactions(database) == 2


@pytest.mark.parametrize(
    "bad",
    [
        replace(request_record(5, key=resource_key("n5")), requester="an\0n"),
        replace(request_record(5, key=resource_key("n5")), phase="done"),  # type: ignore[arg-type]
        replace(request_record(5, key=resource_key("n5")), retry_of="nobody"),
        replace(request_record(5, key=resource_key("n5")), spec={"not": float("nan")}),
        replace(request_record(5, key=resource_key("n5")), changes=2**70),
    ],
    ids=["no text", "constraint", "reference", "no JSON", "no number"],
)
async def test_one_that_the_database_refuses_fails_alone(one: Ledger, bad: RequestRecord) -> None:
    records = [request_record(number, key=resource_key(f"n{number}")) for number in range(10)]
    records[5] = bad
    results: list[Any] = await asyncio.gather(
        *(one.accept(acceptance(record)) for record in records), return_exceptions=True
    )
    assert [number for number, result in enumerate(results) if isinstance(result, Exception)] == [5]
    assert isinstance(results[5], asyncpg.DataError | asyncpg.IntegrityConstraintViolationError | ValueError)
    assert {each.id for each in await one.requests(Page())} == {each.id for each in records} - {bad.id}
    assert (await one.backlog())[0] == 9
    assert await one.resource(bad.key) is None


async def test_a_write_sees_the_ones_before_it_in_its_group(one: Ledger) -> None:
    """Asked for, changed, extended, finished, removed and made again, all in one transaction."""
    first, removal, again = request_record(1), request_record(2, "deprovision"), request_record(3)
    await one.accept(acceptance(request_record(9, key=resource_key("other"))))
    results = await asyncio.gather(
        one.accept(acceptance(first, quota=2)),
        one.change(Change(request=first.id, history=(("started", {}),), phase="running", after=1)),
        one.change(Change(request=first.id, history=(("succeeded", {}),), phase="succeeded", outputs={"a": 1})),
        one.accept(acceptance(removal)),
        one.change(Change(request=removal.id, history=(("succeeded", {}),), phase="succeeded", after=1)),
        one.accept(acceptance(again, quota=2, expected_generation=0)),
    )
    assert None not in results
    resource = await one.resource(first.key)
    assert resource is not None
    assert (resource.generation, resource.status, resource.open_request) == (2, "provisioning", again.id)
    assert [each.sequence for each in await one.history(first.id)] == [1, 2, 3]
    assert [row.request for row in await one.due(resource.created_at, lease_seconds=1, limit=9)] == [
        request_record(9).id,
        again.id,
    ]


async def test_more_than_the_queue_holds_is_refused_at_once(one: Ledger, tmp_path: Path) -> None:
    ledger = PostgresqlLedger(server.url(tmp_path), longest_queue=20)
    await ledger.open()
    results = await asyncio.gather(
        *(ledger.accept(acceptance(request_record(n, key=resource_key(f"n{n}")))) for n in range(30)),
        return_exceptions=True,
    )
    assert sum(isinstance(result, LedgerBusyError) for result in results) == 10
    assert len(await one.requests(Page())) == 20
    await ledger.close()


async def test_one_that_gave_up_before_its_turn_writes_nothing(one: Ledger) -> None:
    kept = asyncio.create_task(one.accept(acceptance(request_record(1))))
    gone = asyncio.create_task(one.accept(acceptance(request_record(2, key=resource_key("gone")))))
    await asyncio.sleep(0)
    gone.cancel()
    await kept
    assert await one.resource(resource_key("gone")) is None


async def test_a_guest_that_came_before_in_the_same_group_keeps_its_home(one: Ledger) -> None:
    home = request_record(1, key=resource_key("home"))
    await one.accept(acceptance(home))
    await one.change(Change(request=home.id, history=(), phase="succeeded"))
    guest = request_record(2, key=resource_key("guest", capability="storage"))
    removal = request_record(3, "deprovision", key=home.key)
    _, refused = await asyncio.gather(
        one.accept(acceptance(guest, environment="home", must_be_ready=(home.key,))),
        one.accept(acceptance(removal, refuse_while_inhabited=True)),
        return_exceptions=True,
    )
    assert isinstance(refused, ConflictError)
    assert await one.request(removal.id) is None


async def test_an_extension_is_told_by_the_newest_provision_also_one_of_the_same_group(one: Ledger) -> None:
    first, change = request_record(1), request_record(2)
    await one.accept(acceptance(first))
    await one.change(Change(request=first.id, history=(), phase="succeeded"))
    await asyncio.gather(one.accept(acceptance(change)), one.extend(first.key, START + timedelta(days=9), by="ann"))
    assert [each.kind for each in await one.history(first.id)] == ["accepted"]
    assert [each.kind for each in await one.history(change.id)] == ["accepted", "extended"]
