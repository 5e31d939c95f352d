"""What a stop or a deadline leaves behind, as real Argo was seen to leave it (docs/fidelity.md), also across a restart."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from idp.engines.protocol import RunSeen
from tests.engines.conftest import Engines
from tests.engines.rendered import Manifest, dag, shell, task, workflow_template
from tests.engines.watching import out_of_time, phase_of, published, runs_now, table, until

pytestmark = pytest.mark.anyio

STOPPED_STEP = "workflow shutdown with strategy:  Stop"


def winding_up(folder: Path, name: str = "long", **more: object) -> Manifest:
    """Says `ready`; on SIGTERM it goes on until the file `enough` is there."""
    wait = f"while ! test -e {folder}/enough; do sleep 0.02; done"
    return shell(name, f"trap '{wait}; exit 0' TERM; echo ready; while :; do sleep 0.02; done", **more)


async def ready(log: AsyncIterator[str]) -> None:
    """The step has set its trap."""
    assert await anext(log) == "ready"


def phases(seen: RunSeen) -> dict[str, str]:
    return {node.name: node.phase for node in seen.nodes}


async def test_a_step_that_waits_for_room_is_over_at_once_and_the_rest_is_omitted(engines: Engines) -> None:
    steps = dag(task("a", template="long"), task("b", template="long"), task("after", "b", template="long"))
    async with engines(workflow_template(shell("long", "sleep 60"), steps), parallelism=1) as engine:
        await published(engine)
        await until(engine, runs_now("a"))
        await engine.stop("r")
        seen = await until(engine, lambda seen: seen.finished)
    assert table(seen) == [
        ("a", "Pod", "Failed", STOPPED_STEP),
        ("b", "Pod", "Failed", STOPPED_STEP),
        ("after", "Skipped", "Omitted", "omitted: depends condition not met"),
    ]


async def test_the_dag_has_failed_before_its_step_is_over_and_a_retry_is_left_running(
    engines: Engines, tmp_path: Path
) -> None:
    look = winding_up(tmp_path, "look", retryStrategy={"limit": 2})
    async with engines(
        workflow_template(look, shell("gate", "true"), dag(task("look"), task("gate", "look")))
    ) as engine:
        await published(engine)
        await until(engine, runs_now("look(0)"))
        await ready(engine.logs("r", "look", follow=True))
        await engine.stop("r")
        seen = await engine.run("r")
        assert seen is not None
        left = {"r": "Failed", "look": "Running", "look(0)": "Failed"}
        assert (seen.phase, phases(seen)) == ("Running", left)
        (tmp_path / "enough").touch()
        seen = await until(engine, lambda seen: seen.finished)
    assert (seen.phase, phases(seen)) == ("Failed", left)


@pytest.mark.parametrize("ends", ["before", "after"])
async def test_a_stopped_run_is_the_same_after_a_restart(engines: Engines, tmp_path: Path, ends: str) -> None:
    look = winding_up(tmp_path, "look", retryStrategy={"limit": 2})
    template = workflow_template(look, shell("gate", "true"), dag(task("look"), task("gate", "look")))
    async with engines(template) as engine:
        await published(engine)
        await until(engine, runs_now("look(0)"))
        await ready(engine.logs("r", "look", follow=True))
        await engine.stop("r")
    if ends == "before":
        (tmp_path / "enough").touch()
        await asyncio.sleep(0.3)
    async with engines() as engine:
        (tmp_path / "enough").touch()
        seen = await until(engine, lambda seen: seen.finished)
    assert phases(seen) == {"r": "Failed", "look": "Running", "look(0)": "Failed"}
    assert (seen.phase, seen.message) == ("Failed", "Stopped with strategy 'Stop'")


async def test_a_retry_that_was_left_running_is_left_so_by_a_restart(engines: Engines, tmp_path: Path) -> None:
    heeds = shell("heeds", "echo ready; sleep 60", retryStrategy={"limit": 2})
    template = workflow_template(heeds, winding_up(tmp_path), dag(task("heeds"), task("long")))
    left = {"r": "Failed", "heeds": "Running", "heeds(0)": "Failed", "long": "Failed"}
    async with engines(template) as engine:
        await published(engine)
        for node, log in (("heeds(0)", "heeds"), ("long", "long")):
            await until(engine, runs_now(node))
            await ready(engine.logs("r", log, follow=True))
        await engine.stop("r")
        assert [line async for line in engine.logs("r", "heeds", follow=True)] == ["ready"]
    async with engines() as engine:
        seen = await engine.run("r")
        assert seen is not None
        assert (seen.phase, phases(seen)) == ("Running", left)
        (tmp_path / "enough").touch()
        assert phases(await until(engine, lambda seen: seen.finished)) == left


async def test_a_retry_that_is_the_entrypoint_ends_with_its_attempt(engines: Engines, tmp_path: Path) -> None:
    async with engines(workflow_template(winding_up(tmp_path, "provision", retryStrategy={"limit": 2}))) as engine:
        await published(engine)
        await until(engine, runs_now("r(0)"))
        await ready(engine.logs("r", "r", follow=True))
        await engine.stop("r")
        await engine.stop("r")
        seen = await engine.run("r")
        assert seen is not None
        assert phases(seen) == {"r": "Running", "r(0)": "Failed"}
        (tmp_path / "enough").touch()
        seen = await until(engine, lambda seen: seen.finished)
    assert phases(seen) == {"r": "Failed", "r(0)": "Failed"}


async def test_what_follows_from_a_step_cut_by_the_runs_deadline_waits_for_its_end(
    engines: Engines, tmp_path: Path
) -> None:
    again = winding_up(tmp_path, "again", retryStrategy={"limit": 2})
    steps = dag(task("long"), task("again"), task("after", "long || again", template="fast"))
    template = workflow_template(winding_up(tmp_path), again, shell("fast", "true"), steps, activeDeadlineSeconds=3600)
    cut = {"r": "Running", "long": "Failed", "again": "Running", "again(0)": "Failed"}
    async with engines(template) as engine:
        await published(engine)
        for node, log in (("again(0)", "again"), ("long", "long")):
            await until(engine, runs_now(node))
            await ready(engine.logs("r", log, follow=True))
        out_of_time(engine)
        assert phases(await until(engine, lambda seen: phase_of(seen, "again(0)") == "Failed")) == cut
    async with engines() as engine:
        assert phases(await until(engine, lambda seen: phase_of(seen, "again(0)") == "Failed")) == cut
        (tmp_path / "enough").touch()
        seen = await until(engine, lambda seen: seen.finished)
    assert phases(seen) == {**cut, "r": "Failed", "again": "Failed", "after": "Omitted"}
    assert seen.phase == "Failed"
