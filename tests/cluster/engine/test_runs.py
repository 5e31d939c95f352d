"""From an event to a run's end, by way of a real EventSource, JetStream, Sensor and workflow controller."""

import asyncio

import pytest

from idp import names
from idp.engines.protocol import EngineUnavailableError, RunSeen
from idp.errors import NotFoundError
from tests.cluster.engine.place import EVENTS, RUNS, Place, event, fresh, seen
from tests.engines.watching import phase_of, runs_now, table

pytestmark = pytest.mark.anyio
LOOKED = {"changes": "2", "digest": "0123456789abcdef" * 4, "summary": '{"changes":2,"resources":[]}'}
RESUMED = f"Resumed by: map[User:system:serviceaccount:{EVENTS}:api]"


async def test_an_event_becomes_a_run_that_is_seen_resumed_and_read(place: Place) -> None:
    run = fresh()
    async with asyncio.timeout(240), place.engine() as engine:
        await engine.publish("/things", event(run, approval="required"))
        waiting = await seen(engine, run, runs_now("gate"))
        assert (waiting.phase, waiting.outputs) == ("Running", LOOKED)
        assert (waiting.labels["idp.io/request"], waiting.labels["idp.io/capability"]) == (run, "things")

        await engine.resume(run)
        await engine.resume(run)
        ended = await seen(engine, run, lambda found: found.finished)

        assert (ended.phase, ended.message, ended.uid) == ("Succeeded", "", waiting.uid)
        assert table(ended) == [
            ("look", "Retry", "Succeeded", ""),
            ("look(0)", "Pod", "Succeeded", ""),
            ("gate", "Suspend", "Succeeded", RESUMED),
            ("change", "Pod", "Succeeded", ""),
            ("more", "Skipped", "Omitted", "omitted: depends condition not met"),
        ]
        assert ended.outputs == {**LOOKED, "outputs": '{"name":"x"}'}
        assert {node.name: node.outputs for node in ended.nodes if node.outputs} == {
            "look": LOOKED,
            "look(0)": LOOKED,
            "change": {"outputs": '{"name":"x"}'},
        }
        for node in ended.nodes:
            assert node.id == names.node_id(run, run if node.name == run else f"{run}.{node.name}")
        assert await engine.run(run) == ended
        await engine.resume(run)
        await engine.stop(run)
        assert await engine.run(run) == ended
        assert [line async for line in engine.logs(run, "look", follow=False)] == ["looking"]
        assert [line async for line in engine.logs(run, "change", follow=True)] == ["changing"]
        with pytest.raises(NotFoundError, match="no step 'gate' with a log"):
            await anext(engine.logs(run, "gate", follow=True))


async def test_a_run_that_waits_is_stopped_and_twice_is_once(place: Place) -> None:
    run = fresh()
    async with asyncio.timeout(240), place.engine() as engine:
        await engine.publish("/things", event(run, approval="required"))
        await seen(engine, run, runs_now("gate"))

        await engine.stop(run)
        await engine.stop(run)
        ended = await seen(engine, run, lambda found: found.finished)
        await engine.stop(run)
        await engine.resume(run)

    assert (ended.phase, ended.message) == ("Failed", "Stopped with strategy 'Stop'")
    assert phase_of(ended, "gate") == "Failed"
    assert phase_of(ended, "change") == "Omitted"


async def test_a_gate_that_has_not_come_up_is_not_taken_for_resumed(place: Place) -> None:
    run = place.created("provision", approval="required", suspend=True)
    async with asyncio.timeout(90), place.engine() as engine:
        with pytest.raises(EngineUnavailableError, match="no suspend nodes matching nodeFieldSelector"):
            await engine.resume(run)
        await engine.stop(run)


async def test_all_attempts_of_a_step_are_told_to_who_follows_from_the_first(place: Place) -> None:
    run = fresh()
    async with asyncio.timeout(240), place.engine() as engine:
        await engine.publish("/things", event(run, verb="fail"))
        await seen(engine, run, lambda found: phase_of(found, "failing(0)") != "")
        told = [line async for line in engine.logs(run, "failing", follow=True)]
        ended = await seen(engine, run, lambda found: found.finished)

        assert told == ["attempt 0", "attempt 1", "attempt 2"]
        assert (ended.phase, ended.message) == ("Failed", "")
        assert table(ended) == [
            ("failing", "Retry", "Failed", "No more retries left"),
            ("failing(0)", "Pod", "Failed", "main: Error (exit code 3)"),
            ("failing(1)", "Pod", "Failed", "main: Error (exit code 3)"),
            ("failing(2)", "Pod", "Failed", "main: Error (exit code 3)"),
        ]
        assert [line async for line in engine.logs(run, "failing", follow=False)] == told
        assert [line async for line in engine.logs(run, "failing(1)", follow=True)] == ["attempt 1"]


async def test_who_follows_from_the_beginning_is_told_each_line_as_it_comes(place: Place) -> None:
    run = place.created("slow")
    async with asyncio.timeout(240), place.engine() as engine:
        await seen(engine, run, lambda found: phase_of(found, "slow") != "")
        told: list[tuple[str, bool]] = []
        async for line in engine.logs(run, "slow", follow=True):
            now = await engine.run(run)
            assert now
            told.append((line, now.finished))

    assert [line for line, _ in told] == ["1", "2", "3", "4", "5", "6", "unfinished"]
    assert told[0] == ("1", False), "the first line comes while the step still talks"


async def test_a_run_whose_time_is_over_is_not_there(place: Place) -> None:
    """Its end is seen, by a watch that begins before it at the latest from the event that tells of its deletion."""
    run = place.created("nothing", ttlStrategy={"secondsAfterCompletion": 10})
    async with asyncio.timeout(240), place.engine() as engine:
        ended = await seen(engine, run, lambda found: found.finished)
        assert ended.phase == "Succeeded"
        while await engine.run(run):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.2)
        for call in (engine.resume(run), engine.stop(run)):
            with pytest.raises(NotFoundError, match=f"There is no run '{run}'"):
                await call
        with pytest.raises(NotFoundError):
            await anext(engine.logs(run, "look", follow=False))


async def test_a_status_that_is_compressed_is_read_all_the_same(place: Place) -> None:
    run = place.created("large", approval="x" * 1000)
    async with asyncio.timeout(240), place.engine() as engine:
        ended = await seen(engine, run, lambda found: found.finished)

    raw = place.kubectl.json("-n", RUNS, "get", "workflow", run)["status"]
    assert raw["compressedNodes"]
    assert "nodes" not in raw
    assert ended.phase == "Succeeded"
    skipped = [node for node in ended.nodes if node.type == "Skipped"]
    assert len(skipped) == 900
    assert {node.message.rpartition("==")[2] for node in skipped} == {f" '{n}'' evaluated false" for n in range(900)}


async def test_everything_is_seen_again_by_whoever_looks_anew(place: Place) -> None:
    async with asyncio.timeout(90), place.engine() as engine:
        known = {
            each["metadata"]["name"]
            for each in place.kubectl.json("-n", RUNS, "get", "workflows", "-l", "idp.io/request")
        }
        found: dict[str, RunSeen] = {}
        async for run in engine.runs():
            found[run.name] = run
            if known <= found.keys():
                break

    assert known, "the tests before left some"


async def test_an_event_source_that_does_not_know_us_takes_nothing(place: Place) -> None:
    file = place.folder / "event-source"
    right = file.read_text()
    async with asyncio.timeout(90), place.engine() as engine:
        file.write_text("wrong")
        try:
            with pytest.raises(EngineUnavailableError, match="answered 401 to POST /things: Invalid Auth token"):
                await engine.publish("/things", event(fresh()))
        finally:
            file.write_text(right)
        with pytest.raises(EngineUnavailableError, match="answered 404 to POST /nothing"):
            await engine.publish("/nothing", event(fresh()))


async def test_a_token_that_is_replaced_is_used_from_then_on(place: Place) -> None:
    right = place.token.read_text()
    async with asyncio.timeout(90), place.engine() as engine:
        assert await engine.run("none") is None
        place.token.write_text("expired")
        try:
            with pytest.raises(EngineUnavailableError, match="answered 401 to GET Workflow none"):
                await engine.run("none")
            with pytest.raises(EngineUnavailableError, match="answered 401"):
                await engine.resume("none")
        finally:
            place.token.write_text(right)
        assert await engine.run("none") is None
        with pytest.raises(NotFoundError):
            await engine.resume("none")
