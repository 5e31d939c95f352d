"""The engine as a whole: from an event to a run's end, as Argo would have it."""

import asyncio
import json
from pathlib import Path

import pytest

from idp.engines.local import LocalEngine, ManifestError
from idp.engines.protocol import Engine, EngineUnavailableError, RunSeen
from idp.errors import NotFoundError
from tests.engines.conftest import Engines
from tests.engines.rendered import dag, output, outputs, program, shell, task, workflow_template, wrote
from tests.engines.watching import ended, phase_of, published, runs_now, table, until

pytestmark = pytest.mark.anyio

WHEN_CHANGED = "{{tasks.look.outputs.parameters.changes}} != 0"
ARGUMENTS = {
    "parameters": [{"name": "digest", "value": "{{tasks.look.outputs.parameters.digest}}"}],
    "artifacts": [{"name": "plan", "from": "{{tasks.look.outputs.artifacts.plan}}"}],
}


def platform(changes: str = "2") -> dict[str, object]:
    """look, gate, change, as the platform renders them."""
    look = program(
        "look",
        wrote("changes", changes) + wrote("digest", "abc\n") + wrote("plan", "the plan") + "print('looking')",
        outputs=outputs(output("changes", globalName="changes"), output("digest"), artifacts=("plan",)),
        retryStrategy={"limit": 2, "retryPolicy": "OnError"},
    )
    change = program(
        "change",
        "print(open('in/plan').read()); " + wrote("outputs", '{"a":1}'),
        inputs={"parameters": [{"name": "digest"}], "artifacts": [{"name": "plan", "path": "/work/in/plan"}]},
        outputs=outputs(output("outputs", globalName="outputs")),
    )
    whole = dag(
        task("look"),
        task("gate", "look.Succeeded", when=f"'{{{{workflow.parameters.approval}}}}' == 'required' && {WHEN_CHANGED}"),
        task("change", "gate.Succeeded || gate.Skipped", when=WHEN_CHANGED, arguments=ARGUMENTS),
        task("more", "change.Succeeded"),
    )
    mutex = {"mutexes": [{"name": "{{workflow.parameters.resource}}"}]}
    templates = (look, change, program("more", "print('more')"), {"name": "gate", "suspend": {}}, whole)
    return workflow_template(*templates, parameters=("resource", "approval"), synchronization=mutex)


async def test_it_is_an_engine(engines: Engines) -> None:
    async with engines(platform()) as engine:
        whole: Engine = engine
        assert await whole.run("nothing") is None


async def test_without_approval_the_gate_is_skipped_and_everything_changes(engines: Engines) -> None:
    async with engines(platform()) as engine:
        seen = await ended(engine, resource="a.b.c", approval="none")
    assert (seen.phase, seen.message) == ("Succeeded", "")
    assert table(seen) == [
        ("look", "Retry", "Succeeded", ""),
        ("look(0)", "Pod", "Succeeded", ""),
        ("gate", "Skipped", "Skipped", "when ''none' == 'required' && 2 != 0' evaluated false"),
        ("change", "Pod", "Succeeded", ""),
        ("more", "Pod", "Succeeded", ""),
    ]
    assert seen.outputs == {"changes": "2", "outputs": '{"a":1}'}
    assert seen.nodes[1].outputs == {"changes": "2", "digest": "abc"}
    assert seen.labels == {"idp.io/team": "payments"}
    assert seen.started_at
    assert seen.finished_at
    assert seen.nodes[0].id == "r"
    assert seen.nodes[1].id == "r-1277498378", "look's number is Argo's FNV-1a of its name, r.look"


async def test_without_changes_gate_and_change_are_skipped_and_the_rest_is_omitted(engines: Engines) -> None:
    async with engines(platform(changes="0")) as engine:
        seen = await ended(engine, resource="a.b.c", approval="required")
    assert seen.phase == "Succeeded"
    assert table(seen)[2:] == [
        ("gate", "Skipped", "Skipped", "when ''required' == 'required' && 0 != 0' evaluated false"),
        ("change", "Skipped", "Skipped", "when '0 != 0' evaluated false"),
        ("more", "Skipped", "Omitted", "omitted: depends condition not met"),
    ]


async def test_with_approval_the_gate_waits_until_it_is_resumed_and_twice_is_once(engines: Engines) -> None:
    async with engines(platform()) as engine:
        await published(engine, resource="a.b.c", approval="required")
        waiting = await until(engine, runs_now("gate"))
        assert phase_of(waiting, "change") == ""
        await engine.resume("r")
        await engine.resume("r")
        seen = await until(engine, lambda seen: seen.finished)
        assert seen.phase == "Succeeded"
        await engine.resume("r")
        assert await engine.run("r") == seen
        assert [line async for line in engine.logs("r", "change", follow=True)] == ["the plan"]


async def test_a_gate_that_is_not_reached_yet_is_no_gate_that_passed(engines: Engines, tmp_path: Path) -> None:
    look = shell("look", f"until test -e {tmp_path}/go; do sleep 0.02; done")
    end = shell("end", f"until test -e {tmp_path}/end; do sleep 0.02; done")
    steps = dag(task("look"), task("gate", "look"), task("end", "gate"))
    mutex = {"mutexes": [{"name": "one"}]}
    template = workflow_template(look, {"name": "gate", "suspend": {}}, end, steps, synchronization=mutex)
    async with engines(template) as engine:
        await published(engine)
        await published(engine, "pending")
        await until(engine, runs_now("look"))
        for run in ("r", "pending"):
            with pytest.raises(EngineUnavailableError, match=f"The gate of the run {run} is not reached yet; ask"):
                await engine.resume(run)
        (tmp_path / "go").touch()
        await until(engine, runs_now("gate"))
        await engine.resume("r")
        await until(engine, runs_now("end"))
        await engine.resume("r")
        (tmp_path / "end").touch()
        assert (await until(engine, lambda seen: seen.finished)).phase == "Succeeded"
        await engine.resume("r")


async def test_runs_of_one_resource_go_one_after_the_other_in_the_order_they_came(engines: Engines) -> None:
    async with engines(platform()) as engine:
        for name in ("r", "second", "third"):
            await published(engine, name, resource="a.b.c", approval="required")
        other = await ended(engine, "elsewhere", resource="x.y.z", approval="none")
        assert other.phase == "Succeeded"
        waiting = await engine.run("third")
        assert waiting
        assert (waiting.phase, waiting.nodes) == ("Pending", ())
        assert waiting.message == "Waiting for idp-runs/Mutex/a.b.c lock. Lock status: 0/1"
        order = []
        for name in ("r", "second", "third"):
            await until(engine, runs_now("gate"), name)
            order += [
                found
                for found in ("r", "second", "third")
                if phase_of(await seen_of(engine, found), "gate") == "Running"
            ]
            await engine.resume(name)
            await until(engine, lambda seen: seen.finished, name)
        assert order == ["r", "second", "third"]


async def seen_of(engine: LocalEngine, run: str) -> RunSeen:
    seen = await engine.run(run)
    assert seen
    return seen


async def test_the_same_event_again_makes_nothing_new(engines: Engines) -> None:
    async with engines(workflow_template(shell("provision", "true"))) as engine:
        first = await ended(engine)
        await asyncio.gather(*(published(engine) for _ in range(5)), *(published(engine, "other") for _ in range(5)))
        assert (await seen_of(engine, "r")).uid == first.uid
        names = {"r": 0, "other": 0}
        await until(engine, lambda seen: seen.finished, "other")
        async with asyncio.timeout(20):
            async for seen in engine.runs():
                names[seen.name] += 1
                if all(names.values()):
                    break


async def test_publishing_is_durable_before_it_returns(engines: Engines, tmp_path: Path) -> None:
    async with engines(workflow_template(shell("provision", "true"))) as engine:
        await published(engine)
        first = (tmp_path / "data/runs/r/journal").read_text().splitlines()[0]
    assert json.loads(first)["workflow"]["name"] == "r"


async def test_a_disk_that_does_not_take_the_run_is_told_and_nothing_is_made(engines: Engines, tmp_path: Path) -> None:
    async with engines(workflow_template(shell("provision", "true"))) as engine:
        (tmp_path / "data/runs").rename(tmp_path / "away")
        (tmp_path / "data/runs").write_text("no folder")
        with pytest.raises(EngineUnavailableError, match="could not be written down"):
            await published(engine)
        (tmp_path / "data/runs").unlink()
        (tmp_path / "away").rename(tmp_path / "data/runs")
        assert await engine.run("r") is None
        assert (await ended(engine)).phase == "Succeeded"


@pytest.mark.parametrize(
    ("path", "body", "answer"),
    [
        ("/nothing", b"{}", "404"),
        ("/things/", b"{}", "404"),
        ("/things", b"", "400"),
        ("/things", b"{", "400"),
        ("/things", b"\xff", "400"),
        ("/things", b'"' + b"x" * (1 << 20) + b'"', "400"),
    ],
)
async def test_what_an_event_source_does_not_take_is_unknown_to_the_publisher(
    engines: Engines, path: str, body: bytes, answer: str
) -> None:
    async with engines(workflow_template(shell("provision", "true"))) as engine:
        with pytest.raises(EngineUnavailableError, match=answer):
            await engine.publish(path, body)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"team": "x", "verb": "provision"}, "'body.run'"),
        ({"run": "No Name", "team": "x", "verb": "provision"}, "'No Name' is no name for a Workflow"),
        ({"run": "../r", "team": "x", "verb": "provision"}, "is no name for a Workflow"),
        ({"run": "r" * 64, "team": "x", "verb": "provision"}, "is no name for a Workflow"),
        ({"run": "r", "team": "not a label", "verb": "provision"}, "'not a label' is no value for a label"),
        ([], "'body.run'"),
    ],
)
async def test_what_argo_events_would_drop_is_dropped_with_a_reason_and_publishing_succeeds(
    engines: Engines, body: object, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with engines(workflow_template(shell("provision", "true"))) as engine:
        await engine.publish("/things", json.dumps(body).encode())
    said = capsys.readouterr().out
    assert "event_dropped" in said
    assert reason in said


@pytest.mark.parametrize(
    ("verb", "message"),
    [
        ("destroy", "template reference things.destroy not found"),
        ("step", "templates.step inputs.parameters.given was not supplied"),
        ("take", "templates.take inputs.artifacts.plan was not supplied"),
    ],
)
async def test_a_workflow_that_its_template_cannot_run_has_failed_before_it_waits_for_a_mutex(
    engines: Engines, verb: str, message: str
) -> None:
    step = shell("step", "true", inputs={"parameters": [{"name": "given"}, {"name": "other", "default": "x"}]})
    take = program("take", "pass", inputs={"artifacts": [{"name": "plan", "path": "/work/plan"}]})
    gate = {"name": "gate", "suspend": {}}
    template = workflow_template(gate, step, take, parameters=("must",), synchronization={"mutexes": [{"name": "one"}]})
    async with engines(template) as engine:
        await published(engine, "other", verb="gate", must="be")
        await until(engine, runs_now("other"), "other")
        seen = await ended(engine, verb=verb, must="be")
    assert (seen.phase, seen.message, seen.nodes) == ("Failed", f"invalid spec: {message}", ())


async def test_values_are_never_looked_at_again(engines: Engines) -> None:
    hostile = "{{workflow.name}} {{=1+1}} $(HOME) $$ ${x} {% %} \" ' \\ \n \u2028 \x7f"
    say = program("provision", "import os; print(ascii(os.environ['VALUE']), ascii(os.environ['TOO']))")
    say["container"]["env"] = [
        {"name": "VALUE", "value": "{{workflow.parameters.text}}"},
        {"name": "HOME", "value": "/work"},
        {"name": "TOO", "value": "{{workflow.parameters.path}}"},
    ]
    async with engines(workflow_template(say, parameters=("text", "path"))) as engine:
        await ended(engine, text=hostile.replace("$", ""), path="/work/x")
        lines = [line async for line in engine.logs("r", "r", follow=False)]
    assert lines == [f"{hostile.replace('$', '')!a} '/work/x'"], "also no path that came as a value is mapped"


async def test_config_maps_must_have_the_keys_of_the_manifests(engines: Engines) -> None:
    runner = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "runner"}, "data": {"IDP_TARGET": "x"}}
    with pytest.raises(ManifestError, match="ConfigMap runner"):
        async with engines(
            workflow_template(shell("provision", "true")), runner, config_maps={"runner": {"OTHER": "x"}}
        ):
            pass


async def test_runs_that_are_not_there_are_not_found(engines: Engines) -> None:
    async with engines(workflow_template(shell("provision", "true"))) as engine:
        for call in (engine.resume("r"), engine.stop("r")):
            with pytest.raises(NotFoundError):
                await call
        with pytest.raises(NotFoundError):
            await anext(aiter(engine.logs("r", "r", follow=False)))
        await ended(engine)
        with pytest.raises(NotFoundError, match="no step 'look'"):
            await anext(aiter(engine.logs("r", "look", follow=False)))


async def test_finished_runs_go_when_their_time_is_over(engines: Engines, tmp_path: Path) -> None:
    kept = workflow_template(
        shell("provision", "false"), ttlStrategy={"secondsAfterSuccess": 0, "secondsAfterFailure": 600}
    )
    async with engines(kept) as engine:
        assert (await ended(engine)).phase == "Failed"
    gone = workflow_template(shell("provision", "true"), ttlStrategy={"secondsAfterCompletion": 0})
    async with engines(gone) as engine:
        await ended(engine, "short")
        async with asyncio.timeout(20):
            while (tmp_path / "data/runs/short").exists() or await engine.run("short"):  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.01)
        assert await engine.run("r"), "a run keeps the template that it was started with"


async def test_at_most_so_many_steps_run_at_a_time(engines: Engines, tmp_path: Path) -> None:
    count = f'ls {tmp_path} | grep -c "^[0-9]*$"'
    two = f"until test -e {tmp_path}/two; do test `{count}` -lt 2 || touch {tmp_path}/two; sleep 0.02; done"
    code = f"mkdir {tmp_path}/$$$$; {two}; {count}; sleep 0.1; rmdir {tmp_path}/$$$$"
    tasks = [task(f"t{n}", template="count") for n in range(6)]
    async with engines(workflow_template(shell("count", code), dag(*tasks)), parallelism=2) as engine:
        await ended(engine)
        counted = [line for n in range(6) async for line in engine.logs("r", f"t{n}", follow=False)]
    assert max(map(int, counted)) == 2
