import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import cast

import pytest

from idp.errors import NotFoundError
from idp.ledger.following import Hub
from idp.ledger.protocol import Ledger, LedgerUnavailableError
from idp.ledger.records import Change, HistoryEntry
from tests.ledger.conftest import Reopen
from tests.ledger.samples import acceptance, request_record

pytestmark = pytest.mark.anyio


async def filed(ledger: Ledger) -> str:
    return (await ledger.accept(acceptance(request_record(1)))).request.id


async def collected(entries: AsyncIterator[HistoryEntry], *, pause: float = 0) -> list[int]:
    sequences = []
    async for entry in entries:
        sequences.append(entry.sequence)
        await asyncio.sleep(pause)
    return sequences


async def finished_after(ledger: Ledger, id_: str, alarms: int) -> None:
    for number in range(alarms):
        await ledger.record(id_, [("alarm", {"number": number})])
    await ledger.change(Change(request=id_, history=(("failed", {}),), phase="failed"))


async def test_followers_fast_slow_and_late_get_each_entry_once_and_end(ledger: Ledger) -> None:
    id_ = await filed(ledger)
    followers = [asyncio.create_task(collected(ledger.follow(id_), pause=pause)) for pause in (0, 0, 0.002)]
    writers = [asyncio.create_task(ledger.record(id_, [("alarm", {}), ("alarm", {})])) for _ in range(50)]
    late = asyncio.create_task(collected(ledger.follow(id_, after=3)))
    await asyncio.gather(*writers)
    await finished_after(ledger, id_, 20)
    everything = list(range(1, 1 + 1 + 100 + 20 + 1))
    for follower in followers:
        assert await asyncio.wait_for(follower, 20) == everything
    assert await asyncio.wait_for(late, 20) == everything[3:]


async def test_following_what_is_finished_ends_at_once(ledger: Ledger) -> None:
    id_ = await filed(ledger)
    await finished_after(ledger, id_, 1)
    assert await collected(ledger.follow(id_)) == [1, 2, 3]
    assert await collected(ledger.follow(id_, after=3)) == []


async def test_an_entry_is_seen_without_polling(ledger: Ledger) -> None:
    id_ = await filed(ledger)
    entries = ledger.follow(id_)
    assert (await anext(entries)).sequence == 1
    waiting = asyncio.ensure_future(anext(entries))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    await ledger.record(id_, [("alarm", {})])
    assert (await asyncio.wait_for(waiting, 20)).sequence == 2


async def test_following_no_request_is_refused(ledger: Ledger) -> None:
    with pytest.raises(NotFoundError, match="There is no request nobody"):
        await anext(ledger.follow("nobody"))


async def test_followers_learn_that_the_ledger_closes(reopen: Reopen) -> None:
    ledger = reopen()
    await ledger.open()
    entries = ledger.follow(await filed(ledger))
    assert (await anext(entries)).sequence == 1
    follower = asyncio.create_task(collected(entries))
    await asyncio.sleep(0.01)
    await ledger.close()
    with pytest.raises(LedgerUnavailableError, match="is not open"):
        await asyncio.wait_for(follower, 20)


async def test_nothing_is_kept_of_a_follower_that_left() -> None:
    hub = Hub()
    with hub.news("one") as first, hub.news("one") as second:
        hub.notify(["one", "another"])
        assert first.is_set()
        assert second.is_set()
    assert not hub._followers


async def test_a_follower_may_leave_in_the_middle(ledger: Ledger) -> None:
    id_ = await filed(ledger)
    async with aclosing(cast("AsyncGenerator[HistoryEntry]", ledger.follow(id_))) as entries:
        assert (await anext(entries)).sequence == 1
    await finished_after(ledger, id_, 0)
