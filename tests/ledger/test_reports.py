"""What git servers must be told is kept in the ledger's own transactions, and told again until it was taken."""

from dataclasses import replace
from datetime import timedelta

import pytest

from idp.ledger.protocol import Ledger
from idp.ledger.records import Change, RequestPhase, RequestRecord
from tests.ledger.samples import START, Clock, acceptance, request_record, resource_key

pytestmark = pytest.mark.anyio

FIRST, LAST = replace(request_record(1), source="branch:main"), START + timedelta(days=1)


async def changes(ledger: Ledger, request: RequestRecord, phase: RequestPhase) -> None:
    assert await ledger.change(Change(request=request.id, history=(("step", {}),), phase=phase))


async def due(ledger: Ledger, clock: Clock) -> list[str]:
    return [row.request for row in await ledger.reports(clock.at, lease_seconds=60, limit=10)]


async def test_each_new_phase_of_what_a_repository_asked_for_is_told(ledger: Ledger, clock: Clock) -> None:
    await ledger.accept(acceptance(FIRST))
    await ledger.accept(acceptance(request_record(2, key=resource_key("by-hand"))))
    assert await ledger.unreported() == 1
    (row,) = await ledger.reports(clock.at, lease_seconds=60, limit=10)
    assert (row.request, row.attempts) == (FIRST.id, 0)
    assert await due(ledger, clock) == []
    await ledger.reported(row)
    assert await ledger.unreported() == 0

    clock.forward(1)
    await ledger.change(Change(request=FIRST.id, history=(("step", {}),)))
    assert await due(ledger, clock) == []
    await changes(ledger, FIRST, "running")
    assert await due(ledger, clock) == [FIRST.id]


async def test_a_phase_that_is_new_while_the_one_before_is_told_is_told_too(ledger: Ledger, clock: Clock) -> None:
    await ledger.accept(acceptance(FIRST))
    (row,) = await ledger.reports(clock.at, lease_seconds=60, limit=10)
    clock.forward(1)
    await changes(ledger, FIRST, "succeeded")
    await ledger.reported(row)
    assert await due(ledger, clock) == [FIRST.id]


async def test_what_was_not_taken_comes_again_when_it_may(ledger: Ledger, clock: Clock) -> None:
    await ledger.accept(acceptance(FIRST))
    (row,) = await ledger.reports(clock.at, lease_seconds=60, limit=10)
    await ledger.report_again(row, clock.at + timedelta(seconds=30))
    assert await due(ledger, clock) == []
    clock.forward(30)
    (again,) = await ledger.reports(clock.at, lease_seconds=60, limit=10)
    assert again.attempts == 1
    clock.forward(61)
    assert await due(ledger, clock) == [FIRST.id]  # whoever took it is gone


async def test_who_is_superseded_is_told_of_with_who_supersedes(ledger: Ledger, clock: Clock) -> None:
    await ledger.accept(acceptance(request_record(0)))
    waiting = [
        replace(request_record(number, "perform", key=resource_key(), capability="deployments"), source="branch:main")
        for number in (1, 2)
    ]
    for each in waiting:
        await ledger.accept(acceptance(each, may_wait_in="q"))
    assert await due(ledger, clock) == [each.id for each in waiting]


async def test_what_was_skipped_is_known_by_placement_and_source(ledger: Ledger) -> None:
    key = resource_key("shop.checkout", capability="applications.placed")
    assert await ledger.skipped(key, "branch:main") is None
    await ledger.skip(key, "branch:main", commit="a", after="1")
    await ledger.skip(key, "branch:main", commit="b", after="2")
    assert await ledger.skipped(key, "branch:main") == ("b", "2")
    assert await ledger.skipped(key, "branch:other") is None
    assert await ledger.skipped(resource_key("shop.live", capability="applications.placed"), "branch:main") is None
