"""What is lost between a server and its database, and how it comes back."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from idp.ledger.postgresql import PostgresqlLedger
from idp.ledger.protocol import Ledger, LedgerUnavailableError
from idp.ledger.records import Page
from tests.ledger.postgresql.wire import Wire, wire
from tests.ledger.samples import acceptance, request_record, resource_key

pytestmark = pytest.mark.anyio


@pytest.fixture
async def between(tmp_path: Path) -> AsyncIterator[Wire]:
    async with wire(tmp_path) as between:
        yield between


@pytest.fixture
async def far(one: Ledger, between: Wire) -> AsyncIterator[Ledger]:
    """At the other end of the wire; `one` stands beside the database."""
    del one
    ledger = PostgresqlLedger(between.url)
    await ledger.open()
    yield ledger
    await ledger.close()


async def test_a_cut_wire_is_an_unavailable_ledger_and_mends_by_itself(far: Ledger, between: Wire) -> None:
    await far.accept(acceptance(request_record(1)))
    between.down = True
    between.cut()
    with pytest.raises(LedgerUnavailableError, match="could not be asked") as told:
        await far.request(request_record(1).id)
    assert "127.0.0.1" not in str(told.value)
    with pytest.raises(LedgerUnavailableError, match="nothing is stored"):
        await far.record(request_record(1).id, [("alarm", {})])
    with pytest.raises(LedgerUnavailableError):
        await far.ready()
    between.mend()
    await far.ready()
    await far.record(request_record(1).id, [("alarm", {})])
    assert [each.kind for each in await far.history(request_record(1).id)] == ["accepted", "alarm"]


async def test_a_commit_without_an_answer_is_told_as_what_it_is(far: Ledger, one: Ledger, between: Wire) -> None:
    wish = acceptance(request_record(1, idempotency_key="key"))
    between.reply_lost_of = b"COMMIT"
    with pytest.raises(LedgerUnavailableError, match="whether this is stored is not known"):
        await far.accept(wish)
    between.mend()
    assert [each.id for each in await one.requests(Page())] == [wish.request.id]
    again = await far.accept(acceptance(request_record(2, idempotency_key="key")))
    assert (again.replayed, again.request.id) == (True, wish.request.id)


async def test_nothing_is_stored_where_the_wire_is_cut_before_the_commit(
    far: Ledger, one: Ledger, between: Wire
) -> None:
    await far.accept(acceptance(request_record(1)))
    between.reply_lost_of = request_record(2).id.encode()
    with pytest.raises(LedgerUnavailableError, match="nothing is stored"):
        await far.accept(acceptance(request_record(2, key=resource_key("two"))))
    assert [each.id for each in await one.requests(Page())] == [request_record(1).id]


async def test_a_follower_hears_after_a_loss_what_was_said_meanwhile(
    far: Ledger, one: Ledger, between: Wire, database: asyncpg.Connection
) -> None:
    request = request_record(1)
    await one.accept(acceptance(request))
    entries = far.follow(request.id)
    assert (await anext(entries)).sequence == 1
    following = asyncio.ensure_future(anext(entries))
    await far.wait_for_work(0)
    working = asyncio.create_task(far.wait_for_work(30))
    await asyncio.sleep(0.05)
    between.down = True
    assert await database.fetchval(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE query = format('LISTEN \"idp_ledger_%s\"', current_schema()::regnamespace::oid)"
    )
    await asyncio.sleep(0.05)
    await one.record(request.id, [("alarm", {})])
    await asyncio.sleep(0.05)
    assert not following.done()
    between.mend()
    assert (await asyncio.wait_for(following, 20)).sequence == 2
    await asyncio.wait_for(working, 20)
