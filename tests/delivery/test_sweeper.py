import asyncio
from datetime import datetime, timedelta

import pytest

from idp.delivery.counters import Counters
from idp.delivery.pace import Pace
from idp.delivery.sweeper import Sweeper
from idp.errors import ConflictError
from idp.ledger.protocol import Ledger
from idp.ledger.records import Change, ResourceKey, ResourceRecord
from tests.delivery.eventually import eventually, running
from tests.ledger.samples import Clock, acceptance, request_record, resource_key

pytestmark = pytest.mark.anyio

DAY = 24 * 3600
HOUR = 3600


class Removals:
    """Files a removal for whatever it is asked to; of `inhabited` it refuses to."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.asked: list[ResourceKey] = []
        self.inhabited: set[str] = set()
        self.extended: dict[str, datetime] = {}
        """Just before it is asked."""

    async def __call__(self, resource: ResourceRecord) -> None:
        self.asked.append(resource.key)
        if resource.key.name in self.inhabited:
            message = "something lives in it"
            raise ConflictError(message)
        if resource.key.name in self.extended:
            await self.ledger.extend(resource.key, self.extended[resource.key.name], by="ann")
        request = request_record(1000 + len(self.asked), "deprovision", key=resource.key)
        await self.ledger.accept(acceptance(request, expired_at=resource.expires_at))


@pytest.fixture
def removals(ledger: Ledger) -> Removals:
    return Removals(ledger)


@pytest.fixture
def sweeper(ledger: Ledger, removals: Removals, clock: Clock, counters: Counters, pace: Pace) -> Sweeper:
    return Sweeper(ledger, removals, now=clock, counters=counters, pace=pace)


async def provisioned(ledger: Ledger, *names: str) -> None:
    for number, name in enumerate(names):
        request = request_record(number, key=resource_key(name))
        await ledger.accept(acceptance(request))
        await ledger.change(Change(request=request.id, history=(), phase="succeeded"))


async def test_what_has_outlived_its_lifetime_is_removed_once(
    ledger: Ledger, sweeper: Sweeper, removals: Removals, clock: Clock, counters: Counters
) -> None:
    await provisioned(ledger, "a", "b")
    clock.forward(14 * DAY - 1)
    await sweeper.turn()
    assert removals.asked == []
    clock.forward(1)
    await sweeper.turn()
    await sweeper.turn()
    assert removals.asked == [resource_key("a"), resource_key("b")]
    assert counters.expired == 2


async def test_two_sweepers_file_one_removal(
    ledger: Ledger, clock: Clock, removals: Removals, counters: Counters, pace: Pace
) -> None:
    await provisioned(ledger, "a")
    clock.forward(14 * DAY)
    two = [Sweeper(ledger, removals, now=clock, counters=counters, pace=pace) for _ in range(2)]
    await asyncio.gather(*(each.turn() for each in two))
    assert counters.expired == 1
    assert len(removals.asked) in {1, 2}, "the second asks too, unless the first was done before it looked"
    found = await ledger.resource(resource_key("a"))
    assert found
    assert found.open_request


async def test_what_cannot_go_yet_is_asked_again_and_holds_up_no_other(
    ledger: Ledger, sweeper: Sweeper, removals: Removals, clock: Clock, counters: Counters
) -> None:
    await provisioned(ledger, "a", "b")
    removals.inhabited = {"a"}
    clock.forward(15 * DAY)
    await sweeper.turn()
    assert counters.expired == 1
    removals.inhabited = set()
    await sweeper.turn()
    assert removals.asked == [resource_key("a"), resource_key("b"), resource_key("a")]
    assert counters.expired == 2


async def test_what_is_extended_during_a_turn_stays_and_holds_up_no_other(
    ledger: Ledger, sweeper: Sweeper, removals: Removals, clock: Clock, counters: Counters
) -> None:
    await provisioned(ledger, "a", "b")
    clock.forward(15 * DAY)
    removals.extended = {"a": clock.at + timedelta(days=1)}
    await sweeper.turn()
    found = [await ledger.resource(resource_key(name)) for name in "ab"]
    assert [each.status for each in found if each] == ["ready", "removing"]
    assert counters.expired == 1


async def test_a_removal_that_failed_is_filed_again_after_an_hour(
    ledger: Ledger, sweeper: Sweeper, removals: Removals, clock: Clock
) -> None:
    await provisioned(ledger, "a")
    clock.forward(15 * DAY)
    await sweeper.turn()
    await ledger.change(Change(request=request_record(1001).id, history=(), phase="failed"))
    clock.forward(HOUR - 1)
    await sweeper.turn()
    assert len(removals.asked) == 1
    clock.forward(1)
    await sweeper.turn()
    assert len(removals.asked) == 2


async def test_it_sweeps_by_itself(ledger: Ledger, sweeper: Sweeper, removals: Removals, clock: Clock) -> None:
    await provisioned(ledger, "a")

    async def swept() -> bool:
        return bool(removals.asked)

    async with running(sweeper.run()):
        clock.forward(15 * DAY)
        await eventually(swept)
