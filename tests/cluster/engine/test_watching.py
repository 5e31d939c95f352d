"""Real answers of a real API server to a watch that has fallen behind, and to one that it leaves alone."""

import asyncio
import os
import shlex
import subprocess

import pytest

from idp.engines.argo import watching
from tests.cluster.engine.place import Place, seen
from tests.cluster.kubectl import Kubectl, until
from tests.engines.watching import runs_now

pytestmark = pytest.mark.anyio
RESTART = "IDP_TEST_API_SERVER_RESTART"


async def test_a_version_that_the_api_server_has_forgotten_means_to_list_again(place: Place) -> None:
    run = place.created("provision", approval="required")
    async with asyncio.timeout(150), place.engine() as engine:
        with pytest.raises(watching.TooOldError):
            await anext(engine.watching.events("1"))

        await seen(engine, run, runs_now("gate"))
        await engine.stop(run)


async def test_a_watch_that_the_api_server_ends_goes_on(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends each after a second here: what happens in between is seen all the same, with a bookmark on the way or not."""
    monkeypatch.setattr(watching, "WATCH_SECONDS", 1)
    run = place.created("provision")
    async with asyncio.timeout(150), place.engine() as engine:
        ended = await seen(engine, run, lambda found: found.finished)

    assert ended.phase == "Succeeded"


def started(kubectl: Kubectl) -> str:
    """When the API server that answers was started; empty while none does."""
    answer = kubectl.run("get", "--raw", "/metrics", timeout=30).stdout
    found = [line for line in answer.splitlines() if line.startswith("process_start_time_seconds ")]
    return found[0] if found else ""


@pytest.mark.skipif(
    not os.environ.get(RESTART), reason=f"{RESTART} names no command that kills the API server and starts it"
)
async def test_a_watch_lives_through_the_end_of_the_api_server(place: Place) -> None:
    run = place.created("provision", approval="required")
    before = started(place.kubectl)
    async with asyncio.timeout(240), place.engine() as engine:
        waiting = asyncio.Event()

        async def watched() -> str:
            async for found in engine.runs():
                if found.name == run and runs_now("gate")(found):
                    waiting.set()
                if found.name == run and found.finished:
                    return found.phase
            return ""

        end = asyncio.create_task(watched())
        await waiting.wait()
        await asyncio.to_thread(subprocess.run, shlex.split(os.environ[RESTART]), check=True)
        after = await asyncio.to_thread(until, "the API server", lambda: started(place.kubectl), 120)
        place.kubectl(
            "-n", "argo-test-runs", "patch", "workflow", run, "--type=merge", "-p", '{"spec":{"shutdown":"Stop"}}'
        )

        assert await end == "Failed"
    assert before
    assert after != before, "it is another process"
