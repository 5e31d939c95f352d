"""Killed with SIGKILL: the server, the supervisor, or both. Nothing is lost, nothing is done twice, and what cannot be known is said."""

import asyncio
import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from idp.engines.local import LocalEngine, placing, supervision
from idp.engines.protocol import EngineUnavailableError
from tests.engines.conftest import Engines
from tests.engines.rendered import (
    Manifest,
    dag,
    event_source,
    output,
    outputs,
    program,
    sensor,
    shell,
    task,
    workflow_template,
    written,
    wrote,
)
from tests.engines.watching import ended, gone, phase_of, published, runs_now, supervisor_of, table, until

pytestmark = pytest.mark.anyio

LOST = "The supervisor of the steps was killed while this one ran: how it ended cannot be known."


@pytest.fixture
def killed(tmp_path: Path) -> Callable[[Manifest, Path], None]:
    """Serves the template in another process until the file is there, and kills it."""

    def serve_until(template: Manifest, sign: Path) -> None:
        manifests = written(tmp_path / "manifests", event_source("things"), sensor("things", parameters=[]), template)
        program = (sys.executable, "-m", "tests.engines.serving", str(manifests), str(tmp_path / "data"), "r")
        with subprocess.Popen(program, cwd=Path(__file__).parents[2], stdout=subprocess.DEVNULL) as server:
            appeared(sign)
            time.sleep(0.2)  # let it write down what it has seen
            server.kill()

    return serve_until


def appeared(sign: Path, text: str = "") -> None:
    patience = time.monotonic() + 30
    while not sign.exists() or text not in sign.read_text():
        assert time.monotonic() < patience, f"{sign} did not appear"
        time.sleep(0.01)


async def test_a_step_survives_the_killed_server_and_its_exit_code_is_true(
    engines: Engines, tmp_path: Path, killed: Callable[[Manifest, Path], None]
) -> None:
    code = (
        f"touch {tmp_path}/started; echo before; while ! test -e {tmp_path}/go; do sleep 0.02; done; echo after; exit 7"
    )
    template = workflow_template(shell("a", code), shell("b", "true"), dag(task("a"), task("b", "a.Failed")))
    killed(template, tmp_path / "started")
    async with engines() as engine:
        seen = await until(engine, runs_now("a"))
        (tmp_path / "go").touch()
        assert [line async for line in engine.logs("r", "a", follow=True)] == ["before", "after"]
        seen = await until(engine, lambda seen: seen.finished)
    assert table(seen) == [("a", "Pod", "Failed", "main: Error (exit code 7)"), ("b", "Pod", "Succeeded", "")]


async def test_a_step_that_ended_while_there_was_no_server_is_not_run_again(
    engines: Engines, tmp_path: Path, killed: Callable[[Manifest, Path], None]
) -> None:
    code = f"open({str(tmp_path / 'runs')!r}, 'a').write('x'); import time; time.sleep(0.5); " + wrote("text", "kept")
    first = program("a", code, outputs=outputs(output("text", globalName="text")))
    killed(workflow_template(first, dag(task("a"))), tmp_path / "runs")
    await asyncio.sleep(1.0)
    async with engines() as engine:
        seen = await until(engine, lambda seen: seen.finished)
    assert (seen.phase, seen.outputs) == ("Succeeded", {"text": "kept"})
    assert (tmp_path / "runs").read_text() == "x"


async def test_gates_attempts_mutexes_and_decisions_survive(engines: Engines) -> None:
    again = shell("again", "exit 1", retryStrategy={"limit": 3, "backoff": {"duration": "300ms"}})
    steps = dag(task("again"), task("gate", "again.Failed"), task("end", "gate"))
    mutex = {"mutexes": [{"name": "one"}]}
    template = workflow_template(
        again, {"name": "gate", "suspend": {}}, shell("end", "true"), steps, synchronization=mutex
    )
    async with engines(template) as engine:
        await published(engine)
        await published(engine, "second")
        await until(engine, lambda seen: phase_of(seen, "again(0)") == "Failed")
    async with engines() as engine:
        waiting = await engine.run("second")
        assert waiting
        assert waiting.message == "Waiting for idp-runs/Mutex/one lock. Lock status: 0/1"
        gated = await until(engine, runs_now("gate"))
        assert [name for name, *_ in table(gated)] == ["again", "again(0)", "again(1)", "again(2)", "again(3)", "gate"]
    async with engines() as engine:
        assert phase_of(await until(engine, runs_now("gate")), "end") == ""
        await engine.resume("r")
        await engine.stop("second")
    async with engines() as engine:
        assert (await until(engine, lambda seen: seen.finished)).phase == "Succeeded"
        second = await until(engine, lambda seen: seen.finished, "second")
    assert second.message == "Stopped with strategy 'Stop'"
    async with engines() as engine:
        assert await engine.run("second") == second


async def test_a_resume_is_on_the_disk_when_it_returns(engines: Engines, tmp_path: Path) -> None:
    template = workflow_template(
        {"name": "gate", "suspend": {}}, shell("end", "true"), dag(task("gate"), task("end", "gate"))
    )
    async with engines(template) as engine:
        await published(engine)
        await until(engine, runs_now("gate"))
        await engine.resume("r")
        journal = (tmp_path / "data/runs/r/journal").read_bytes()
    (tmp_path / "data/runs/r/journal").write_bytes(journal + b'{"node": {"name": "torn')
    (tmp_path / "data/runs/r/steps").unlink(missing_ok=True)
    async with engines() as engine:
        assert (await until(engine, lambda seen: seen.finished)).phase == "Succeeded"


async def test_a_gate_that_the_journal_does_not_know_yet_can_be_resumed_in_the_end(
    engines: Engines, tmp_path: Path
) -> None:
    look = shell("look", f"until test -e {tmp_path}/go; do sleep 0.02; done")
    gate = {"name": "gate", "suspend": {}}
    async with engines(workflow_template(look, gate, dag(task("look"), task("gate", "look")))) as engine:
        await published(engine)
        await until(engine, runs_now("look"))
    journal = tmp_path / "data/runs/r/journal"
    before = journal.read_bytes()
    async with engines() as engine:
        (tmp_path / "go").touch()
        await until(engine, runs_now("gate"))
    journal.write_bytes(before)
    async with engines() as engine:
        with pytest.raises(EngineUnavailableError, match="not reached yet"):
            await engine.resume("r")
        await until(engine, runs_now("gate"))
        await engine.resume("r")
        assert (await until(engine, lambda seen: seen.finished)).phase == "Succeeded"


async def test_a_server_killed_at_any_moment_goes_on_from_there(engines: Engines, tmp_path: Path) -> None:
    """Every beginning of the journal is a moment at which the server may be killed. The pauses let it write each state down."""
    pause = "import time; time.sleep(0.1); "
    text = outputs(output("changes", globalName="changes"))
    look = program("look", pause + wrote("changes", "1"), outputs=text, retryStrategy={"limit": 1})
    steps = dag(
        task("look"), task("gate", "look"), task("end", "gate", when="{{tasks.look.outputs.parameters.changes}} != 0")
    )
    gate = {"name": "gate", "suspend": {"duration": "100ms"}}
    template = workflow_template(look, gate, program("end", pause), steps, program("bye", pause), onExit="bye")
    async with engines(template) as engine:
        whole = await ended(engine)
    assert whole.phase == "Succeeded"
    journal = tmp_path / "data/runs/r/journal"
    first, *rest = journal.read_bytes().splitlines(keepends=True)
    nodes = [line for line in rest if line.startswith(b'{"node"')]
    running = json.loads(rest[-1])
    running["run"] |= {"phase": "Running", "finished_at": None, "outputs": {}}
    assert len(nodes) >= 8, "each of the six once, and the gate and the whole while they ran"
    for moment in range(len(nodes) + 1):
        journal.write_bytes(b"".join([first, json.dumps(running).encode() + b"\n", *nodes[:moment]]))
        async with engines() as engine:
            seen = await until(engine, lambda seen: seen.finished)
            assert seen.phase == "Succeeded", moment
            assert sorted(table(seen)) == sorted(table(whole)), moment
            assert seen.outputs == whole.outputs, moment


async def test_listeners_are_let_go_when_the_engine_closes(engines: Engines) -> None:
    async with engines(workflow_template(shell("provision", "true"))) as engine:
        await ended(engine)
        listener = aiter(engine.runs())
        assert (await anext(listener)).finished
        waiting = asyncio.ensure_future(anext(listener, None))
        await asyncio.sleep(0)
    async with asyncio.timeout(20):
        assert await waiting is None


async def test_deadlines_are_kept_over_a_restart(engines: Engines) -> None:
    template = workflow_template(shell("provision", "sleep 60", activeDeadlineSeconds=1))
    async with engines(template) as engine:
        await published(engine)
        await until(engine, runs_now("r"))
    await asyncio.sleep(1)
    async with engines() as engine:
        seen = await until(engine, lambda seen: seen.finished)
    assert seen.message == "Pod was active on the node longer than the specified deadline"


async def test_a_step_that_was_being_stopped_is_stopped_after_a_restart(engines: Engines, tmp_path: Path) -> None:
    wait = f"while ! test -e {tmp_path}/enough; do sleep 0.02; done"
    code = f"trap '{wait}; exit 0' TERM; echo ready; while :; do sleep 0.02; done"
    async with engines(workflow_template(shell("provision", code))) as engine:
        await published(engine)
        await until(engine, runs_now("r"))
        assert await anext(aiter(engine.logs("r", "r", follow=True))) == "ready"
        await engine.stop("r")
    async with engines() as engine:
        seen = await engine.run("r")
        assert seen
        assert seen.phase == "Running"
        (tmp_path / "enough").touch()
        seen = await until(engine, lambda seen: seen.finished)
    assert (seen.phase, seen.message) == ("Failed", "Stopped with strategy 'Stop'")


async def test_a_step_that_was_stopped_and_never_reached_the_supervisor_does_not_start(
    engines: Engines, tmp_path: Path
) -> None:
    async with engines(
        workflow_template(shell("provision", "trap '' TERM; echo ready; while :; do sleep 0.02; done"))
    ) as engine:
        await published(engine)
        await until(engine, runs_now("r"))
        assert await anext(aiter(engine.logs("r", "r", follow=True))) == "ready"
        await engine.stop("r")
    os.kill(supervisor_of(tmp_path / "data"), signal.SIGKILL)
    os.killpg(int((tmp_path / "data/runs/r/steps").read_text().split()[4]), signal.SIGKILL)
    (tmp_path / "data/runs/r/steps").unlink()
    async with engines() as engine:
        seen = await until(engine, lambda seen: seen.finished)
    assert (seen.phase, seen.message) == ("Failed", "Stopped with strategy 'Stop'")


async def test_news_of_steps_that_nobody_waits_for_are_nothing(engines: Engines) -> None:
    async with engines(workflow_template(shell("provision", "true"))) as engine:
        placing = engine._hosting._placing
        placing.started("r/x")
        placing.ended("r/x", 0)
        placing.lost("r/x", "")
        placing.unknown("r/x")
        assert (await ended(engine)).phase == "Succeeded"


async def test_a_supervisor_that_cannot_be_had_is_said(engines: Engines, tmp_path: Path) -> None:
    (tmp_path / "data/supervisor.lock").mkdir(parents=True)
    with pytest.raises(EngineUnavailableError, match=r"its supervisor cannot be reached; see supervisor.log there"):
        async with engines(workflow_template(shell("provision", "true"))):
            pass


async def test_a_killed_supervisor_is_replaced_and_its_step_is_an_error(engines: Engines, tmp_path: Path) -> None:
    steps = dag(task("a"), task("b", "a.Errored"))
    template = workflow_template(shell("a", f"echo $$$$ > {tmp_path}/pid; exec sleep 60"), shell("b", "true"), steps)
    async with engines(template) as engine:
        await published(engine)
        await until(engine, runs_now("a"))
        appeared(tmp_path / "pid", "\n")
        os.kill(supervisor_of(tmp_path / "data"), signal.SIGKILL)
        seen = await until(engine, lambda seen: seen.finished)
    assert table(seen) == [("a", "Pod", "Error", LOST), ("b", "Pod", "Succeeded", "")]
    assert gone(int((tmp_path / "pid").read_text()))


async def test_a_supervisor_that_cannot_be_replaced_at_once_is_replaced_when_it_can_be(
    engines: Engines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def no_process(_: Path) -> None:
        await asyncio.sleep(0)
        raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))

    monkeypatch.setattr(placing, "_OPEN_AGAIN_SECONDS", 0.02)
    async with engines(workflow_template(shell("provision", "true"))) as engine:
        with monkeypatch.context() as short:
            short.setattr(supervision, "_start", no_process)
            os.kill(supervisor_of(tmp_path / "data"), signal.SIGKILL)
            said = ""
            async with asyncio.timeout(20):
                while said.count("supervisor_not_reached") < 2:
                    await asyncio.sleep(0.01)
                    said += capsys.readouterr().out
            assert "Cannot allocate memory" in said
            await published(engine)
        assert (await until(engine, lambda seen: seen.finished)).phase == "Succeeded"


async def test_closing_waits_for_no_supervisor(
    engines: Engines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = asyncio.all_tasks()
    async with engines(workflow_template(shell("provision", "true"))):
        (tmp_path / "data/supervisor.lock").unlink()
        (tmp_path / "data/supervisor.lock").mkdir()
        monkeypatch.setattr(supervision, "_TRIES", 1)
        os.kill(supervisor_of(tmp_path / "data"), signal.SIGKILL)
        async with asyncio.timeout(20):
            while "supervisor_not_reached" not in capsys.readouterr().out:  # noqa: ASYNC110 - a line of the log
                await asyncio.sleep(0.01)
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before


async def test_an_error_of_a_killed_supervisor_can_be_retried(engines: Engines, tmp_path: Path) -> None:
    code = f"test -e {tmp_path}/first || {{ touch {tmp_path}/first; exec sleep 60; }}"
    template = workflow_template(shell("provision", code, retryStrategy={"limit": 1, "retryPolicy": "OnError"}))
    async with engines(template) as engine:
        await published(engine)
        await until(engine, runs_now("r(0)"))
        appeared(tmp_path / "first")
        os.kill(supervisor_of(tmp_path / "data"), signal.SIGKILL)
        seen = await until(engine, lambda seen: seen.finished)
    assert [node.phase for node in seen.nodes] == ["Succeeded", "Error", "Succeeded"]


async def test_server_and_supervisor_killed_together_leave_no_step_behind(
    engines: Engines, tmp_path: Path, killed: Callable[[Manifest, Path], None]
) -> None:
    template = workflow_template(shell("provision", f"echo $$$$ > {tmp_path}/pid; exec sleep 60"))
    killed(template, tmp_path / "pid")
    appeared(tmp_path / "pid", "\n")
    appeared(tmp_path / "data/runs/r/steps", " pid ")
    os.kill(supervisor_of(tmp_path / "data"), signal.SIGKILL)
    pid = int((tmp_path / "pid").read_text())
    assert not gone(pid)
    async with engines() as engine:
        seen = await until(engine, lambda seen: seen.finished)
        assert (seen.phase, seen.message) == ("Error", LOST)
    assert gone(pid)


async def test_the_supervisor_goes_when_nobody_needs_it(engines: Engines, tmp_path: Path) -> None:
    async with engines(workflow_template(shell("provision", "true"))) as engine:
        await ended(engine)
        pid = supervisor_of(tmp_path / "data")
    async with asyncio.timeout(20):
        while not gone(pid):  # noqa: ASYNC110 - a process that is not ours
            await asyncio.sleep(0.01)
    assert (tmp_path / "data/supervisor.log").read_text() == ""


async def test_a_run_of_a_template_that_this_version_refuses_ends_in_error_and_no_other_is_hurt(
    engines: Engines, tmp_path: Path
) -> None:
    template = workflow_template({"name": "gate", "suspend": {}}, dag(task("gate")))
    async with engines(template) as engine:
        await published(engine)
        await published(engine, "other")
        await until(engine, runs_now("gate"))
    journal = tmp_path / "data/runs/r/journal"
    journal.write_text(
        journal.read_text()
        .replace('"suspend": {}', '"suspend":{}')
        .replace('"suspend":{}', '"suspend":{"until":"noon"}', 1)
    )
    async with engines() as engine:
        seen = await until(engine, lambda seen: seen.finished)
        assert seen.phase == "Error"
        assert (
            "things: spec.templates[0].suspend.until: the embedded engine does not carry out this field" in seen.message
        )
        await until(engine, runs_now("gate"), "other")


async def test_what_was_half_made_or_half_deleted_goes(engines: Engines, tmp_path: Path) -> None:
    runs = tmp_path / "data/runs"
    for name in (".new-r", ".gone-old"):
        (runs / name / "logs").mkdir(parents=True)
    async with engines(workflow_template(shell("provision", "true"))) as engine:
        assert list(runs.iterdir()) == []
        assert (await ended(engine)).phase == "Succeeded"


async def test_it_lives_in_a_folder_with_a_long_name(tmp_path: Path) -> None:
    deep = tmp_path / ("long-" * 30) / ("name-" * 30)
    manifests = written(
        deep / "m",
        event_source("things"),
        sensor("things", parameters=[]),
        workflow_template(shell("provision", "true")),
    )
    engine = LocalEngine(manifests, deep / "data", config_maps={}, image_environment={}, parallelism=1)
    await engine.start()
    assert (await ended(engine)).phase == "Succeeded"
    await engine.close()
