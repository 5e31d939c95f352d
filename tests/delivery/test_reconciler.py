import asyncio

import pytest

from idp.delivery.counters import Counters
from idp.delivery.observer import Observer
from idp.delivery.pace import Pace
from idp.delivery.reconciler import Reconciler
from idp.engines.protocol import EngineUnavailableError
from idp.ledger.protocol import Ledger
from idp.ledger.records import Change, RequestRecord
from tests.delivery.eventually import eventually, running
from tests.delivery.scripted import ScriptedEngine, run_of, succeeded
from tests.ledger.samples import START, Clock, acceptance, request_record, resource_key

pytestmark = pytest.mark.anyio


@pytest.fixture
def reconciler(ledger: Ledger, engine: ScriptedEngine, clock: Clock, counters: Counters, pace: Pace) -> Reconciler:
    observer = Observer(ledger, engine, counters=counters, pace=pace)
    return Reconciler(ledger, engine, observer, now=clock, counters=counters, pace=pace)


@pytest.fixture
async def dispatched(ledger: Ledger) -> RequestRecord:
    request = (await ledger.accept(acceptance(request_record(1)))).request
    changed = await ledger.change(Change(request=request.id, history=(("dispatched", {}),), phase="dispatched"))
    (row,) = await ledger.due(Clock().at, lease_seconds=1, limit=9)
    await ledger.put_off(row, Clock().forward(3600))
    assert changed
    return changed


async def stands(ledger: Ledger, request: RequestRecord) -> RequestRecord:
    found = await ledger.request(request.id)
    assert found is not None
    return found


async def test_an_event_of_which_no_run_came_is_published_again(
    ledger: Ledger, reconciler: Reconciler, clock: Clock, counters: Counters, dispatched: RequestRecord
) -> None:
    clock.forward(31)
    await reconciler.turn()
    assert (await stands(ledger, dispatched)).phase == "accepted"
    assert [row.action for row in await ledger.due(clock.at, lease_seconds=1, limit=9)] == ["publish"]
    entry = (await ledger.history(dispatched.id))[-1]
    assert (entry.kind, counters.lost) == ("alarm", 1)
    clock.forward(31)
    await reconciler.turn()
    assert counters.lost == 1


async def test_an_event_that_only_waits_is_published_ever_more_seldom(
    ledger: Ledger, reconciler: Reconciler, clock: Clock, counters: Counters, dispatched: RequestRecord
) -> None:
    """As where the Sensor is away for long: each copy waits, too, and is in the way once it is back."""
    again = []
    for _ in range(200):
        clock.forward(10)
        await reconciler.turn()
        if (await stands(ledger, dispatched)).phase == "accepted":
            again.append((clock.at - START).total_seconds())
            await ledger.change(Change(request=dispatched.id, history=(("dispatched", {}),), phase="dispatched"))
    assert again == [30, 90, 210, 450, 930, 1890]
    assert counters.lost == 6


async def test_two_reconcilers_publish_a_lost_event_again_once(
    ledger: Ledger, reconciler: Reconciler, clock: Clock, counters: Counters, dispatched: RequestRecord
) -> None:
    """One keeps nothing between two turns, so it can be both."""
    clock.forward(31)
    await asyncio.gather(reconciler.turn(), reconciler.turn())
    assert counters.lost == 1
    assert [entry.kind for entry in await ledger.history(dispatched.id)] == ["accepted", "dispatched", "alarm"]


async def test_what_was_dispatched_just_now_is_left_alone(
    ledger: Ledger, reconciler: Reconciler, clock: Clock, dispatched: RequestRecord
) -> None:
    clock.forward(29)
    await reconciler.turn()
    assert await stands(ledger, dispatched) == dispatched


async def test_what_is_not_published_yet_is_the_relays(
    ledger: Ledger, reconciler: Reconciler, clock: Clock, counters: Counters
) -> None:
    request = (await ledger.accept(acceptance(request_record(1)))).request
    clock.forward(1000)
    await reconciler.turn()
    assert await stands(ledger, request) == request
    assert counters == Counters()


async def test_a_run_that_nobody_told_of_is_observed(
    ledger: Ledger, engine: ScriptedEngine, reconciler: Reconciler, clock: Clock, dispatched: RequestRecord
) -> None:
    engine.known[dispatched.run] = succeeded(dispatched)
    clock.forward(31)
    await reconciler.turn()
    assert (await stands(ledger, dispatched)).phase == "succeeded"


@pytest.mark.parametrize(
    ("permitted", "known"), [(True, "what it did is not known"), (False, "It had changed nothing. Ask again.")]
)
async def test_a_run_that_was_seen_and_is_gone_has_vanished(
    *,
    ledger: Ledger,
    reconciler: Reconciler,
    clock: Clock,
    counters: Counters,
    dispatched: RequestRecord,
    permitted: bool,
    known: str,
) -> None:
    if permitted:
        await ledger.permit(dispatched.id, "u1", step="terraform", digest="d1")
    else:
        await ledger.change(Change(request=dispatched.id, history=(), run_uid="u1", phase="running"))
    clock.forward(31)
    await reconciler.turn()
    found = await stands(ledger, dispatched)
    assert found.phase == "failed"
    assert f"Run {found.run} is gone before it ended." in found.message
    assert known in found.message
    assert [entry.kind for entry in await ledger.history(found.id)][-2:] == ["vanished", "failed"]
    assert (counters.vanished, counters.lost) == (1, 0)
    assert await ledger.backlog() == (0, None)
    resource = await ledger.resource(found.key)
    assert resource is not None
    assert (resource.status, resource.open_request) == ("failed", None)


async def test_an_engine_that_does_not_answer_proves_nothing(
    ledger: Ledger, engine: ScriptedEngine, reconciler: Reconciler, clock: Clock, dispatched: RequestRecord
) -> None:
    engine.down = True
    clock.forward(31)
    with pytest.raises(EngineUnavailableError):
        await reconciler.turn()
    assert await stands(ledger, dispatched) == dispatched


async def test_every_open_request_gets_its_turn(
    ledger: Ledger, engine: ScriptedEngine, reconciler: Reconciler, clock: Clock
) -> None:
    """More than one page of them, some finished on the way."""
    requests = [request_record(number, key=resource_key(f"n{number}")) for number in range(250)]
    await asyncio.gather(*(ledger.accept(acceptance(request)) for request in requests))
    for request in requests:
        engine.known[request.run] = succeeded(request) if request.id.endswith("7") else run_of(request)
    clock.forward(31)
    async with running(reconciler.run()):

        async def all_seen() -> bool:
            return (await ledger.backlog())[0] == 0

        await eventually(all_seen, within=60)
    assert {(await stands(ledger, request)).phase for request in requests} == {"running", "succeeded"}
