import asyncio
from dataclasses import replace

import pytest

from idp.delivery.counters import Counters
from idp.delivery.observer import Observer
from idp.delivery.pace import Pace
from idp.engines.protocol import RunSeen
from idp.ledger.protocol import Ledger
from idp.ledger.records import Change, RequestRecord
from tests.delivery.eventually import eventually, running
from tests.delivery.scripted import PLAN, ScriptedEngine, node, run_of, succeeded
from tests.ledger.conftest import Reopen
from tests.ledger.samples import START, acceptance, request_record, resource_key

pytestmark = pytest.mark.anyio


@pytest.fixture
def observer(ledger: Ledger, engine: ScriptedEngine, counters: Counters, pace: Pace) -> Observer:
    return Observer(ledger, engine, counters=counters, pace=pace)


@pytest.fixture
async def request_(ledger: Ledger) -> RequestRecord:
    return (await ledger.accept(acceptance(request_record(1)))).request


async def kinds(ledger: Ledger, request: RequestRecord) -> list[str]:
    return [entry.kind for entry in await ledger.history(request.id)]


async def test_a_sight_becomes_history_and_closes_the_outbox_row(
    ledger: Ledger, observer: Observer, request_: RequestRecord
) -> None:
    await observer.observe(run_of(request_, node("look", "Running")))
    assert await kinds(ledger, request_) == ["accepted", "started", "step"]
    found = await ledger.request(request_.id)
    assert found is not None
    assert (found.phase, found.run_uid) == ("running", "u1")
    assert await ledger.backlog() == (0, None)


async def test_the_same_sight_again_writes_nothing_also_after_a_restart(
    reopen: Reopen, engine: ScriptedEngine, counters: Counters, pace: Pace
) -> None:
    request = request_record(1)
    sights = [run_of(request, node("look", "Running")), run_of(request, node("look", "Succeeded"), outputs=PLAN)]
    expected = ["accepted", "started", "step", "step", "planned"]
    for restart in range(2):
        ledger = reopen()
        await ledger.open()
        if not restart:
            await ledger.accept(acceptance(request))
        observer = Observer(ledger, engine, counters=counters, pace=pace)
        for sight in [*sights, *sights]:
            await observer.observe(sight)
        assert await kinds(ledger, request) == expected
        await ledger.close()


async def test_two_observers_of_one_sight_write_it_once(
    ledger: Ledger, engine: ScriptedEngine, counters: Counters, pace: Pace, request_: RequestRecord
) -> None:
    observers = [Observer(ledger, engine, counters=counters, pace=pace) for _ in range(5)]
    await asyncio.gather(*(observer.observe(succeeded(request_)) for observer in observers))
    assert await kinds(ledger, request_) == ["accepted", "started", "step", "step", "planned", "succeeded"]


async def test_a_finished_run_finishes_request_and_resource(
    ledger: Ledger, observer: Observer, request_: RequestRecord
) -> None:
    await observer.observe(succeeded(request_))
    found, resource = await ledger.request(request_.id), await ledger.resource(request_.key)
    assert found is not None
    assert resource is not None
    assert (found.phase, found.outputs) == ("succeeded", {"host": "h"})
    assert (resource.status, resource.outputs, resource.open_request) == ("ready", {"host": "h"}, None)


async def test_a_failure_brings_the_last_line_of_the_steps_log(
    ledger: Ledger, engine: ScriptedEngine, observer: Observer, request_: RequestRecord
) -> None:
    engine.lines[request_.run, "look"] = ["Planning", "Error: no such image", "  "]
    await observer.observe(run_of(request_, node("look(0)", "Failed", message="exit code 1"), phase="Failed"))
    found = await ledger.request(request_.id)
    assert found is not None
    assert (found.phase, found.message) == ("failed", "Step look failed: Error: no such image (exit code 1)")


async def test_a_failure_whose_log_is_gone_is_told_without_it(
    ledger: Ledger, observer: Observer, request_: RequestRecord
) -> None:
    await observer.observe(run_of(request_, node("look", "Failed"), phase="Failed"))
    await observer.observe(run_of(request_, node("look", "Failed"), phase="Failed"))
    found = await ledger.request(request_.id)
    assert found is not None
    assert found.message == "Step look failed: Failed"


async def test_a_log_that_is_not_answered_for_holds_nothing_up_for_long_and_is_asked_for_once(
    ledger: Ledger, engine: ScriptedEngine, observer: Observer, request_: RequestRecord
) -> None:
    engine.silent = True
    for _ in range(2):
        async with asyncio.timeout(20):
            await observer.observe(run_of(request_, node("look", "Failed"), phase="Failed"))
    found = await ledger.request(request_.id)
    assert found is not None
    assert found.message == "Step look failed: Failed"
    assert engine.read == [(request_.run, "look")]


async def test_a_run_that_only_ends_is_told_by_its_own_message(
    ledger: Ledger, observer: Observer, request_: RequestRecord
) -> None:
    await observer.observe(run_of(request_, phase="Failed", message="deadline"))
    found = await ledger.request(request_.id)
    assert found is not None
    assert found.message == "The run ended Failed: deadline."


@pytest.mark.parametrize("permitted", [True, False])
async def test_a_second_run_of_the_name_is_one_alarm_and_no_fact(
    *, ledger: Ledger, observer: Observer, counters: Counters, request_: RequestRecord, permitted: bool
) -> None:
    if permitted:
        await ledger.permit(request_.id, "u1", step="terraform", digest="d1")
    else:
        await observer.observe(run_of(request_))
    before = await ledger.request(request_.id)
    for _ in range(3):
        await observer.observe(succeeded(request_, uid="u2"))
    assert await ledger.request(request_.id) == before
    entry = (await ledger.history(request_.id))[-1]
    assert (entry.kind, entry.data["run_uid"], counters.duplicated) == ("alarm", "u2", 1)
    assert "was seen with uid u2; the request's own is u1" in entry.data["message"]


async def test_a_second_run_of_a_finished_request_is_an_alarm_too(
    ledger: Ledger, observer: Observer, counters: Counters, request_: RequestRecord
) -> None:
    await observer.observe(succeeded(request_))
    await observer.observe(run_of(request_, uid="u2"))
    assert (await kinds(ledger, request_))[-1] == "alarm"
    assert counters.duplicated == 1


@pytest.mark.parametrize("labels", [{}, {"idp.io/request": "01k-nobody"}])
async def test_a_run_of_no_request_is_counted_once(
    ledger: Ledger, observer: Observer, counters: Counters, labels: dict[str, str]
) -> None:
    orphan = RunSeen(name="forged", uid="u9", phase="Running", labels=labels)
    await observer.observe(orphan)
    await observer.observe(replace(orphan, phase="Succeeded"))
    assert counters.orphaned == 1
    assert await ledger.backlog() == (0, None)


async def test_a_run_of_another_name_than_its_requests_is_an_orphan(
    ledger: Ledger, observer: Observer, counters: Counters, request_: RequestRecord
) -> None:
    await observer.observe(replace(succeeded(request_), name="forged"))
    assert counters.orphaned == 1
    assert await kinds(ledger, request_) == ["accepted"]


async def test_a_cancelled_request_stays_so_and_its_late_run_is_stopped(
    ledger: Ledger, observer: Observer, request_: RequestRecord
) -> None:
    await ledger.change(Change(request=request_.id, history=(("cancelled", {}),), phase="cancelled"))
    await observer.observe(run_of(request_, node("look", "Running")))
    assert [row.action for row in await ledger.due(START, lease_seconds=1, limit=9)] == ["stop"]
    await observer.observe(succeeded(request_))
    found = await ledger.request(request_.id)
    assert found is not None
    assert found.phase == "cancelled"
    assert await kinds(ledger, request_) == ["accepted", "cancelled"]


async def test_an_older_sight_of_a_run_that_succeeded_stops_nothing(
    ledger: Ledger, observer: Observer, request_: RequestRecord
) -> None:
    await observer.observe(succeeded(request_))
    await observer.observe(run_of(request_))
    assert await ledger.backlog() == (0, None)


async def test_watching_goes_on_when_the_engine_is_away_or_the_watch_breaks(
    ledger: Ledger, engine: ScriptedEngine, observer: Observer, request_: RequestRecord
) -> None:
    engine.down = True
    async with running(observer.run()):
        await asyncio.sleep(0.05)
        engine.down = False
        engine.show(run_of(request_))

        async def has_phase(phase: str) -> bool:
            found = await ledger.request(request_.id)
            return found is not None and found.phase == phase

        await eventually(lambda: has_phase("running"))
        engine.break_watches()
        engine.known[request_.run] = succeeded(request_)
        await eventually(lambda: has_phase("succeeded"))


async def test_a_sight_that_cannot_be_stored_holds_up_no_other(
    ledger: Ledger, engine: ScriptedEngine, observer: Observer, counters: Counters
) -> None:
    bad = (await ledger.accept(acceptance(request_record(2, key=resource_key("bad"))))).request
    good = (await ledger.accept(acceptance(request_record(3, key=resource_key("good"))))).request
    engine.show(run_of(bad, uid="\ud800"))
    engine.show(succeeded(good))
    async with running(observer.run()):

        async def succeeds() -> bool:
            found = await ledger.request(good.id)
            return found is not None and found.phase == "succeeded"

        await eventually(succeeds)
    assert counters.crashed == 1


async def test_a_sight_that_the_ledger_could_not_take_comes_again(
    ledger: Ledger, engine: ScriptedEngine, observer: Observer, counters: Counters, request_: RequestRecord
) -> None:
    async with running(observer.run()):
        await ledger.close()
        engine.show(succeeded(request_))
        await asyncio.sleep(0.05)
        await ledger.open()

        async def succeeds() -> bool:
            found = await ledger.request(request_.id)
            return found is not None and found.phase == "succeeded"

        await eventually(succeeds)
    assert counters.crashed == 0
