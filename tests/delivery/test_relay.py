import asyncio
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from typing_extensions import override

from idp.delivery.counters import Counters
from idp.delivery.pace import Pace
from idp.delivery.relay import GULP, Relay
from idp.ledger.protocol import Ledger
from idp.ledger.records import Change, OutboxRow, RequestRecord
from idp.lifecycle.event import event
from tests.delivery.eventually import eventually, running
from tests.delivery.scripted import ScriptedEngine, run_of
from tests.ledger.samples import START, Clock, acceptance, request_record, resource_key

pytestmark = pytest.mark.anyio


@pytest.fixture
def relay(ledger: Ledger, engine: ScriptedEngine, clock: Clock, counters: Counters, pace: Pace) -> Relay:
    return Relay(ledger, engine, now=clock, counters=counters, pace=pace)


async def filed(ledger: Ledger, number: int = 1, *, capability: str = "environments") -> RequestRecord:
    key = resource_key(f"n{number}", capability=capability)
    return (await ledger.accept(acceptance(request_record(number, key=key)))).request


async def waiting(ledger: Ledger) -> int:
    return (await ledger.backlog())[0]


async def test_a_request_is_published_once_and_its_row_stays(
    ledger: Ledger, engine: ScriptedEngine, relay: Relay, clock: Clock, counters: Counters
) -> None:
    request = await filed(ledger)

    async def is_dispatched() -> bool:
        found = await ledger.request(request.id)
        return found is not None and found.phase == "dispatched"

    async with running(relay.run()):
        await eventually(is_dispatched)
        await asyncio.sleep(0.05)
        clock.forward(1800)
        await asyncio.sleep(0.05)
    assert engine.bodies == [json.loads(event(request).encoded())]
    assert [entry.kind for entry in await ledger.history(request.id)] == ["accepted", "dispatched"]
    assert (await waiting(ledger), counters.published) == (1, 1)


def test_the_body_says_what_the_sensor_reads() -> None:
    request = request_record(7, approval="required", spec={"team": "payments", "text": "{{x}}"})
    assert json.loads(event(request).encoded()) == {
        "id": request.id,
        "run": f"environments-{request.id}",
        "capability": "environments",
        "resource": "environments.payments.checkout",
        "verb": "provision",
        "team": "payments",
        "requester": "ann",
        "approval": "required",
        "issued_at": "2026-01-31T12:00:00+00:00",
        "traceparent": "",
        "request": {"team": "payments", "text": "{{x}}"},
    }
    assert event(request).encoded() == event(request).encoded()


def test_an_action_locks_the_resource_it_acts_on() -> None:
    request = request_record(7, "perform", key=resource_key("home"), capability="configurations")
    assert json.loads(event(request).encoded())["resource"] == "environments.payments.home"


async def test_a_bus_that_was_down_gets_everything_once_when_it_is_up(
    ledger: Ledger, engine: ScriptedEngine, relay: Relay, clock: Clock, counters: Counters
) -> None:
    engine.down = True
    ids = [(await filed(ledger, number)).id for number in range(20)]

    async def tried() -> bool:
        return counters.unanswered > 5

    async def all_published() -> bool:
        return len(engine.bodies) >= 20

    async with running(relay.run()):
        await eventually(tried, clock=clock)
        assert engine.bodies == []
        engine.down = False
        # A lane that was down pauses up to 5 s.
        await eventually(all_published, clock=clock, within=60)
    assert sorted(engine.published) == ids
    assert await waiting(ledger) == 20


async def test_one_bad_row_never_blocks_its_neighbours(
    ledger: Ledger, engine: ScriptedEngine, relay: Relay, clock: Clock
) -> None:
    """Neither one whose endpoint refuses, nor one whose endpoint does not answer at all."""
    engine.refuses, engine.stuck = frozenset({"/storage"}), frozenset({"/databases"})
    await filed(ledger, 1, capability="storage")
    for number in range(2, 2 + GULP + 5):
        await filed(ledger, number, capability="databases")
    good = await filed(ledger, 900)

    async def is_published() -> bool:
        return engine.published == [good.id]

    async with running(relay.run()):
        await eventually(is_published)
        assert clock.at == START


async def test_a_row_that_cannot_be_an_event_fails_alone(
    ledger: Ledger, engine: ScriptedEngine, relay: Relay, clock: Clock, counters: Counters
) -> None:
    too_long = request_record(1, key=resource_key("long"), spec={"text": "x" * 40_000})
    await ledger.accept(acceptance(too_long))
    good = [(await filed(ledger, number)).id for number in (2, 3)]

    async def rest_is_published() -> bool:
        return engine.published == good

    async with running(relay.run()):
        await eventually(rest_is_published, clock=clock)
    assert counters.unanswered >= 1


async def test_one_call_is_in_flight_for_each_endpoint(ledger: Ledger, engine: ScriptedEngine, relay: Relay) -> None:
    for number in range(GULP + 20):
        await filed(ledger, number)

    async def all_published() -> bool:
        return len(engine.bodies) == GULP + 20

    async with running(relay.run()):
        await eventually(all_published)
    assert engine.most_in_flight == 1


async def test_what_is_no_longer_wanted_or_already_runs_is_not_published(
    ledger: Ledger, engine: ScriptedEngine, clock: Clock, relay: Relay
) -> None:
    """Its row was taken, or told again, before that was known."""
    cancelled, runs = await filed(ledger, 1), await filed(ledger, 2)
    await ledger.change(Change(request=cancelled.id, history=(), phase="cancelled"))
    for request in (cancelled, runs):
        every = frozenset({"accepted", "cancelled"})
        await ledger.change(Change(request=request.id, history=(), phases=every, outbox="publish"))  # type: ignore[arg-type]  # frozenset forgets the literals
    await ledger.change(Change(request=runs.id, history=(), run_uid="u1"))

    async def nothing_waits() -> bool:
        return await waiting(ledger) == 0

    async with running(relay.run()):
        await eventually(nothing_waits, clock=clock)
    assert engine.bodies == []


async def test_a_kill_between_publishing_and_noting_it_publishes_the_same_again(
    ledger: Ledger, engine: ScriptedEngine, relay: Relay
) -> None:
    """The run's name is the same, so the engine runs it once."""
    request = await filed(ledger)
    await engine.publish("/environments", event(request).encoded())

    async def is_published_again() -> bool:
        return len(engine.bodies) == 2

    async with running(relay.run()):
        await eventually(is_published_again)
    assert engine.bodies[0] == engine.bodies[1]


async def approved(ledger: Ledger, engine: ScriptedEngine) -> RequestRecord:
    request = await filed(ledger)
    engine.known[request.run] = run_of(request)
    await ledger.change(
        Change(request=request.id, history=(), run_uid="u1", outbox="resume", close_outbox=frozenset({"publish"}))
    )
    return request


async def test_a_resume_is_told_until_it_is_heard(
    ledger: Ledger, engine: ScriptedEngine, relay: Relay, clock: Clock, counters: Counters
) -> None:
    request = await approved(ledger, engine)
    run = engine.known.pop(request.run)

    async def tried_twice() -> bool:
        return counters.unanswered >= 2

    async def is_told() -> bool:
        return await waiting(ledger) == 0

    async with running(relay.run()):
        await eventually(tried_twice, clock=clock)
        engine.known[request.run] = run
        await eventually(is_told, clock=clock)
    assert engine.told == [("resume", request.run)]


async def test_a_finished_request_is_not_resumed(ledger: Ledger, engine: ScriptedEngine, relay: Relay) -> None:
    request = await approved(ledger, engine)
    await ledger.change(Change(request=request.id, history=(), phase="cancelled"))
    await ledger.change(Change(request=request.id, history=(), phases=frozenset({"cancelled"}), outbox="resume"))

    async def nothing_waits() -> bool:
        return await waiting(ledger) == 0

    async with running(relay.run()):
        await eventually(nothing_waits)
    assert engine.told == []


@pytest.mark.parametrize("there", [True, False])
async def test_a_stop_is_told_and_a_run_that_is_not_there_needs_none(
    *, ledger: Ledger, engine: ScriptedEngine, relay: Relay, there: bool
) -> None:
    request = await filed(ledger)
    if there:
        engine.known[request.run] = run_of(request)
    await ledger.change(Change(request=request.id, history=(), phase="cancelled", outbox="stop"))

    async def nothing_waits() -> bool:
        return await waiting(ledger) == 0

    async with running(relay.run()):
        await eventually(nothing_waits)
    assert engine.told == ([("stop", request.run)] if there else [])


async def test_the_relay_survives_a_ledger_that_goes_away(
    ledger: Ledger, engine: ScriptedEngine, relay: Relay, clock: Clock
) -> None:
    first = await filed(ledger, 1)

    async def published() -> bool:
        return engine.published == [first.id]

    async with running(relay.run()):
        await eventually(published)
        await ledger.close()
        await asyncio.sleep(0.05)
        await ledger.open()
        second = await filed(ledger, 2)

        async def goes_on() -> bool:
            return second.id in engine.published

        await eventually(goes_on, clock=clock)


async def test_a_ledger_that_goes_away_in_the_middle_of_a_lane_costs_a_lease(
    ledger: Ledger, engine: ScriptedEngine, relay: Relay, clock: Clock
) -> None:
    engine.stuck = frozenset({"/environments"})
    request = await filed(ledger)

    async def in_flight() -> bool:
        return engine.most_in_flight == 1

    async def is_published() -> bool:
        return request.id in engine.published

    async with running(relay.run()):
        await eventually(in_flight)
        await ledger.close()
        await asyncio.sleep(0.3)
        engine.stuck = frozenset()
        await ledger.open()
        clock.forward(timedelta(minutes=2).total_seconds())
        await eventually(is_published, clock=clock)


@dataclass
class SlowBus(ScriptedEngine):
    """Each event takes it a second of the leases, and 0.1 s; the first stands still while the machine does."""

    slow: float = 0.1
    clock: Clock = field(default_factory=Clock)

    @override
    async def publish(self, path: str, body: bytes) -> None:
        await super().publish(path, body)
        self.clock.forward(1)


async def test_two_relays_at_a_slow_bus_hand_each_event_over_once(
    ledger: Ledger, clock: Clock, counters: Counters, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One takes more than it can do before its leases end; it leaves the rest in time."""
    engine = SlowBus(clock=clock)
    pace = Pace(poll=0.01, answer=7.7, lease=8, longest_retry=0.05)
    ids = [(await filed(ledger, number)).id for number in range(20)]
    relays = [Relay(ledger, engine, now=clock, counters=counters, pace=pace) for _ in range(2)]
    due, asking = ledger.due, 0

    async def due_or_later(now: datetime, **more: Any) -> list[OutboxRow]:
        """Where nobody has anything to do, the leases of what was left go on."""
        nonlocal asking
        asking += 1
        rows = await due(now, **more)
        asking -= 1
        if not (rows or asking or any(relay._busy for relay in relays)):
            clock.forward(1)
        return rows

    monkeypatch.setattr(ledger, "due", due_or_later)

    async def all_are_held() -> bool:
        return set(engine.published) == set(ids)

    async with running(relays[0].run()), running(relays[1].run()):
        await eventually(all_are_held, within=60)
        await asyncio.sleep(0.3)
    assert sorted(engine.published) == sorted(ids)
