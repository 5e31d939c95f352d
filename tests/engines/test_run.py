"""Failing, retrying, stopping, deadlines and the exit handler: nodes, phases and messages as Argo v3.7.18 has them."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from idp.engines.local import alarms
from idp.engines.protocol import RunSeen
from idp.names import node_id
from tests.engines.conftest import Engines
from tests.engines.rendered import Manifest, dag, output, outputs, program, shell, task, workflow_template, wrote
from tests.engines.watching import ended, phase_of, published, runs_now, table, until

pytestmark = pytest.mark.anyio

SLEEP = "sleep 60"
UNHEEDING = "trap '' TERM; echo ready; while :; do sleep 0.05; done"


async def whole(engines: Engines, *templates: Manifest, **spec: Any) -> RunSeen:
    async with engines(workflow_template(*templates, **spec)) as engine:
        return await ended(engine)


async def test_a_failed_step_fails_the_run_and_omits_what_waited_for_it(engines: Engines) -> None:
    steps = dag(
        task("a", template="bad"), task("b", "a.Succeeded", template="bad"), task("c", "a.Failed", template="good")
    )
    seen = await whole(engines, shell("bad", "exit 3"), shell("good", "true"), steps)
    assert (seen.phase, seen.message) == ("Failed", "")
    assert table(seen) == [
        ("a", "Pod", "Failed", "main: Error (exit code 3)"),
        ("b", "Skipped", "Omitted", "omitted: depends condition not met"),
        ("c", "Pod", "Succeeded", ""),
    ]


async def test_a_failure_that_a_later_task_deals_with_does_not_fail_the_run(engines: Engines) -> None:
    steps = dag(task("a", template="bad"), task("c", "a.Failed", template="good"))
    assert (await whole(engines, shell("bad", "exit 3"), shell("good", "true"), steps)).phase == "Succeeded"


async def test_other_branches_go_on_after_a_failure(engines: Engines) -> None:
    steps = dag(task("a", template="bad"), task("b", template="good"), task("c", "b", template="good"))
    seen = await whole(engines, shell("bad", "exit 1"), shell("good", "sleep 0.05"), steps)
    assert seen.phase == "Failed"
    assert phase_of(seen, "c") == "Succeeded"


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (
            ["no-such-program"],
            'main: Error (exit code 64): failed to find name in PATH: exec: "no-such-program": executable file not found in $PATH',
        ),
        (["sh", "-c", "kill -9 $$$$"], "main: Error (exit code 137)"),
        (["sh", "-c", "kill -15 $$$$"], "main: Error (exit code 143)"),
        (["sh", "-c", "exit 64"], "main: Error (exit code 64)"),
        (["sh", "-c", "echo said; exit 64"], "main: Error (exit code 64)"),
    ],
)
async def test_exit_codes_are_those_of_argos_emissary(engines: Engines, command: list[str], message: str) -> None:
    seen = await whole(engines, {"name": "provision", "container": {"image": "x", "command": command}})
    assert (seen.phase, seen.nodes[0].phase, seen.nodes[0].message) == ("Failed", "Failed", message)
    assert seen.message == message, "the run has the message of its entrypoint"


async def test_a_command_that_cannot_be_executed_says_why(engines: Engines) -> None:
    seen = await whole(engines, {"name": "provision", "container": {"image": "x", "command": ["/etc/passwd"]}})
    assert seen.message.startswith("main: Error (exit code 64): failed to start command: [Errno 13] Permission denied")


async def test_a_missing_output_is_an_error_unless_it_has_a_default(engines: Engines) -> None:
    seen = await whole(
        engines, program("provision", "pass", outputs=outputs(output("there", default="x"), output("not-there")))
    )
    assert seen.nodes[0].phase == "Error"
    assert seen.message == "wait: Error (exit code 64): open /work/out/not-there: no such file or directory"
    assert seen.nodes[0].outputs == {"there": "x"}


async def test_outputs_of_a_failed_step_are_kept(engines: Engines) -> None:
    code = wrote("kept", "yes") + "raise SystemExit(1)"
    seen = await whole(
        engines, program("provision", code, outputs=outputs(output("kept", globalName="kept"), output("not")))
    )
    assert (seen.nodes[0].phase, seen.nodes[0].outputs, seen.outputs) == ("Failed", {"kept": "yes"}, {"kept": "yes"})


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("pass", "artifact plan: /work/out/plan is not there; "),
        ("import os; os.makedirs('out/plan')", "artifact plan: /work/out/plan is no file; "),
        ("import os; os.makedirs('out/text'); open('out/plan', 'w')", "/work/out/text: Is a directory"),
        (
            "import os; os.makedirs('out'); open('out/plan', 'w'); open('out/text', 'w').write('x' * 1048577)",
            "larger than 1048576 bytes",
        ),
    ],
)
async def test_an_output_that_cannot_be_taken_says_why(engines: Engines, code: str, message: str) -> None:
    text = "text" if "text" in code else "plan"
    parameters = [output("text")] if text == "text" else []
    seen = await whole(engines, program("provision", code, outputs=outputs(*parameters, artifacts=("plan",))))
    assert seen.phase == "Error"
    assert seen.message.startswith("wait: Error (exit code 64): ")
    assert message in seen.message


async def test_an_optional_artifact_may_be_missing(engines: Engines) -> None:
    leave = program("leave", "pass", outputs=outputs(artifacts=("plan",)))
    leave["outputs"]["artifacts"][0]["optional"] = True
    take = program(
        "take",
        "import os; print(os.listdir())",
        inputs={"artifacts": [{"name": "plan", "path": "/work/in/plan", "optional": True}]},
    )
    given = {"artifacts": [{"name": "plan", "from": "{{tasks.leave.outputs.artifacts.plan}}"}]}
    assert (
        await whole(engines, leave, take, dag(task("leave"), task("take", "leave", arguments=given)))
    ).phase == "Succeeded"


async def test_an_artifact_that_was_never_made_is_an_error_of_the_task_that_needs_it(engines: Engines) -> None:
    leave = program("leave", "raise SystemExit(1)", outputs=outputs(artifacts=("plan",)))
    take = program("take", "pass", inputs={"artifacts": [{"name": "plan", "path": "/work/in/plan"}]})
    given = {"artifacts": [{"name": "plan", "from": "{{tasks.leave.outputs.artifacts.plan}}"}]}
    seen = await whole(engines, leave, take, dag(task("leave"), task("take", "leave.Failed", arguments=given)))
    assert table(seen)[1] == ("take", "Skipped", "Error", 'Unable to resolve: "tasks.leave.outputs.artifacts.plan"')
    assert seen.phase == "Error"


# ---- what skipped and omitted tasks leave


def consumer(default: str | None, value: str) -> tuple[Manifest, Manifest]:
    inputs = [{"name": "text"} | ({"default": default} if default is not None else {})]
    take = program("take", "import os; print(os.environ['TEXT'])", inputs={"parameters": inputs})
    take["container"]["env"] = [{"name": "TEXT", "value": "{{inputs.parameters.text}}"}]
    arguments = {"parameters": [{"name": "text", "value": value}]}
    return take, task("take", "left.Skipped", arguments=arguments)


@pytest.mark.parametrize(
    ("produced", "consumed", "value", "node"),
    [
        ("p", None, "<{{tasks.left.outputs.parameters.text}}>", ("take", "Pod", "Succeeded", "")),
        (None, "c", "{{tasks.left.outputs.parameters.text}}", ("take", "Pod", "Succeeded", "")),
        (
            None,
            "c",
            "<{{tasks.left.outputs.parameters.text}}>",
            (
                "take",
                "Skipped",
                "Error",
                "unable to substitute {{tasks.left.outputs.parameters.text}}: output is an absent optional (skipped/omitted node with no default)",
            ),
        ),
        (
            None,
            None,
            "{{tasks.left.outputs.parameters.text}}",
            (
                "take",
                "Skipped",
                "Error",
                "inputs.parameters.text: argument references an absent optional (skipped/omitted node output with no default)",
            ),
        ),
    ],
)
async def test_outputs_of_a_skipped_task_are_defaults_or_absent(
    engines: Engines, produced: str | None, consumed: str | None, value: str, node: tuple[str, str, str, str]
) -> None:
    text = output("text") | {}
    if produced is not None:
        text["valueFrom"]["default"] = produced
    left = program("left", "pass", outputs=outputs(text))
    take, taking = consumer(consumed, value)
    async with engines(workflow_template(left, take, dag(task("left", when="1 == 2"), taking))) as engine:
        seen = await ended(engine)
        assert table(seen)[1] == node
        if node[1] == "Pod":
            said = [line async for line in engine.logs("r", "take", follow=False)]
            assert said == ["<p>" if produced else "c"]


async def test_a_reference_that_has_no_value_is_an_error_and_does_not_wait_for_ever(engines: Engines) -> None:
    left = program("left", "raise SystemExit(1)", outputs=outputs(output("text")))
    seen = await whole(
        engines,
        left,
        shell("b", "true"),
        dag(task("left"), task("b", "left.Failed", when="'{{tasks.left.outputs.parameters.text}}' == 'x'")),
    )
    assert table(seen)[1] == ("b", "Skipped", "Error", "failed to resolve {{tasks.left.outputs.parameters.text}}")


async def test_a_condition_that_is_none_is_an_error(engines: Engines) -> None:
    seen = await whole(engines, shell("b", "true"), dag(task("b", when="1 +")))
    assert table(seen)[0][2] == "Error"
    assert "Invalid 'when' expression '1 +'" in table(seen)[0][3]


# ---- trying again


async def test_attempts_go_on_until_one_succeeds(engines: Engines, tmp_path: Path) -> None:
    code = f"echo try; test -e {tmp_path}/second && exit 0; test -e {tmp_path}/first && touch {tmp_path}/second; touch {tmp_path}/first; exit 1"
    template = shell(
        "provision",
        code,
        retryStrategy={"limit": "3", "backoff": {"duration": "20ms", "factor": 2, "cap": "1s", "maxDuration": "1m"}},
    )
    async with engines(workflow_template(template)) as engine:
        seen = await ended(engine)
        assert [line async for line in engine.logs("r", "r", follow=True)] == ["try"] * 3
        assert [line async for line in engine.logs("r", "r(1)", follow=True)] == ["try"]
    assert seen.phase == "Succeeded"
    assert [(node.name, node.type, node.phase, node.message) for node in seen.nodes] == [
        ("r", "Retry", "Succeeded", ""),
        ("r(0)", "Pod", "Failed", "main: Error (exit code 1)"),
        ("r(1)", "Pod", "Failed", "main: Error (exit code 1)"),
        ("r(2)", "Pod", "Succeeded", ""),
    ]


@pytest.mark.parametrize(
    ("strategy", "code", "attempts", "phase", "message"),
    [
        ({"limit": 1}, "raise SystemExit(1)", 2, "Failed", "No more retries left"),
        ({"limit": 1, "retryPolicy": "OnError"}, "raise SystemExit(1)", 1, "Failed", "main: Error (exit code 1)"),
        ({"limit": 1, "retryPolicy": "OnError"}, "pass", 2, "Error", "No more retries left"),
        ({"limit": 1}, "pass", 1, "Error", "wait: Error (exit code 64): open /work/out/x: no such file or directory"),
        ({"limit": 1, "retryPolicy": "Always"}, "pass", 2, "Error", "No more retries left"),
        ({"limit": 0}, "raise SystemExit(1)", 1, "Failed", "No more retries left"),
        (
            {"limit": 5, "backoff": {"duration": "2m", "maxDuration": "1m"}},
            "raise SystemExit(1)",
            1,
            "Failed",
            "Backoff would exceed max duration limit",
        ),
    ],
)
async def test_the_retry_node_ends_as_its_last_attempt(  # noqa: PLR0917 - a table's columns
    engines: Engines, strategy: Manifest, code: str, attempts: int, phase: str, message: str
) -> None:
    seen = await whole(engines, program("provision", code, outputs=outputs(output("x")), retryStrategy=strategy))
    assert (len(seen.nodes) - 1, seen.phase, seen.nodes[0].message) == (attempts, phase, message)


async def test_without_a_limit_it_tries_for_ever(engines: Engines, tmp_path: Path) -> None:
    code = f"echo >> {tmp_path}/tries; test $(wc -l < {tmp_path}/tries) -ge 6"
    seen = await whole(engines, shell("provision", code, retryStrategy={}))
    assert (seen.phase, len(seen.nodes)) == ("Succeeded", 7)


# ---- stopping


async def stopped(engines: Engines, template: Manifest, node: str) -> AsyncIterator[RunSeen]:
    """The run as it is when it was stopped, and at its end. Steps that say `ready` are waited for."""
    async with engines(template) as engine:
        await published(engine)
        await until(engine, runs_now(node))
        if "ready" in str(template):
            assert await anext(aiter(engine.logs("r", node, follow=True))) == "ready"
        await engine.stop("r")
        await engine.stop("r")
        seen = await engine.run("r")
        assert seen
        yield seen
        yield await until(engine, lambda seen: seen.finished)


async def test_stopping_ends_steps_and_nothing_follows_from_them(engines: Engines) -> None:
    steps = dag(task("a", template="long"), task("b", "a", template="long"), task("c", template="long"))
    async for seen in stopped(engines, workflow_template(shell("long", SLEEP), steps), "c"):
        assert table(seen) == [
            ("a", "Pod", "Failed", "workflow shutdown with strategy:  Stop"),
            ("c", "Pod", "Failed", "workflow shutdown with strategy:  Stop"),
        ]
        assert phase_of(seen, "r") == "Failed"
    assert (seen.phase, seen.message) == ("Failed", "Stopped with strategy 'Stop'")


async def test_stopping_at_the_gate_changes_nothing(engines: Engines) -> None:
    steps = dag(task("gate"), task("change", "gate.Succeeded"))
    async for seen in stopped(
        engines, workflow_template({"name": "gate", "suspend": {}}, shell("change", "true"), steps), "gate"
    ):
        assert table(seen)[0] == ("gate", "Suspend", "Failed", "Stopped with strategy 'Stop'")
        assert phase_of(seen, "change") == "Omitted"
    assert seen.phase == "Failed"


async def test_a_stopped_step_has_its_grace_and_the_run_waits_for_its_end(engines: Engines, tmp_path: Path) -> None:
    code = f"trap 'sleep 0.3; touch {tmp_path}/tidy; exit 0' TERM; echo ready; while :; do sleep 0.02; done"
    async for seen in stopped(engines, workflow_template(shell("provision", code)), "r"):
        if not seen.finished:
            assert (seen.phase, phase_of(seen, "r")) == ("Running", "Failed")
    assert (tmp_path / "tidy").exists()
    assert (seen.phase, seen.message) == ("Failed", "Stopped with strategy 'Stop'")


async def test_a_step_that_does_not_heed_is_killed_after_the_grace(engines: Engines) -> None:
    template = workflow_template(shell("provision", UNHEEDING), podSpecPatch='{"terminationGracePeriodSeconds": 0}')
    seen = [seen async for seen in stopped(engines, template, "r")][-1]
    assert seen.phase == "Failed"


async def test_stopping_ends_everything_that_the_step_started(engines: Engines, tmp_path: Path) -> None:
    code = f"(trap '' TERM; echo ready; while :; do echo x > {tmp_path}/alive; sleep 0.02; done) & sleep 60"
    assert [seen.finished async for seen in stopped(engines, workflow_template(shell("provision", code)), "r")][-1]
    (tmp_path / "alive").unlink(missing_ok=True)
    await asyncio.sleep(0.1)
    assert not (tmp_path / "alive").exists()


async def test_an_attempt_that_was_stopped_is_not_tried_again(engines: Engines) -> None:
    template = shell("provision", SLEEP, retryStrategy={"limit": 5, "retryPolicy": "Always"})
    seen = [seen async for seen in stopped(engines, workflow_template(template), "r(0)")][-1]
    assert [(node.name, node.phase, node.message) for node in seen.nodes] == [
        ("r", "Failed", "Stopped with strategy 'Stop'"),
        ("r(0)", "Failed", "workflow shutdown with strategy:  Stop"),
    ]


async def test_stopping_between_attempts_ends_the_waiting(engines: Engines) -> None:
    template = shell("provision", "exit 1", retryStrategy={"limit": 5, "backoff": {"duration": "2m"}})
    async with engines(workflow_template(template)) as engine:
        await published(engine)
        waiting = await until(engine, lambda seen: bool(seen.nodes and seen.nodes[0].message))
        assert waiting.nodes[0].message == "Backoff for 2 minutes 0 seconds"
        await engine.stop("r")
        seen = await until(engine, lambda seen: seen.finished)
    assert (seen.nodes[0].phase, seen.nodes[0].message) == ("Failed", "Stopped with strategy 'Stop'")


async def test_what_is_due_after_the_end_changes_nothing(engines: Engines, monkeypatch: pytest.MonkeyPatch) -> None:
    again = shell("again", "exit 1", retryStrategy={"limit": 5, "backoff": {"duration": "2m"}})
    pause = {"name": "pause", "suspend": {"duration": "2m"}}
    fast = shell("fast", "true", activeDeadlineSeconds=180)
    whole = workflow_template(
        again, pause, fast, dag(task("again"), task("pause"), task("fast")), activeDeadlineSeconds=180
    )
    rung = asyncio.Event()
    async with engines(whole) as engine:
        await published(engine)
        await until(engine, lambda seen: "Backoff" in str(seen.nodes) and phase_of(seen, "fast") == "Succeeded")
        await engine.stop("r")
        seen = await until(engine, lambda seen: seen.finished)
        monkeypatch.setattr(alarms, "time", SimpleNamespace(time=lambda: time.time() + 3600))
        engine._hosting.at(0.0, rung.set)  # all that is due rings with it
        await rung.wait()
        assert await engine.run("r") == seen
        assert engine._hosting._alarms._due == []


async def test_what_waits_for_room_never_starts(engines: Engines) -> None:
    steps = dag(task("a", template="long"), task("b", template="long"))
    async with engines(workflow_template(shell("long", "echo ran; sleep 60"), steps), parallelism=1) as engine:
        await published(engine)
        await until(engine, runs_now("a"))
        await engine.stop("r")
        await until(engine, lambda seen: seen.finished)
        assert [line async for line in engine.logs("r", "b", follow=True)] == []


async def test_what_waits_for_the_mutex_stays_pending_and_fails_when_it_is_its_turn(engines: Engines) -> None:
    mutex = {"mutexes": [{"name": "one"}]}
    steps = dag(task("gate"), task("a", "gate", template="fast"))
    template = workflow_template(
        {"name": "gate", "suspend": {}},
        shell("fast", "echo ran"),
        shell("first", "echo ran"),
        steps,
        synchronization=mutex,
    )
    template["spec"]["templates"].append(dag(task("one", template="first"), name="direct"))
    async with engines(template) as engine:
        await published(engine)
        await until(engine, runs_now("gate"))
        for run in ("direct", "gated"):
            await published(engine, run, verb="direct" if run == "direct" else "provision")
            await engine.stop(run)
        pending = await engine.run("gated")
        assert pending
        assert pending.phase == "Pending"
        await engine.resume("r")
        direct = await until(engine, lambda seen: seen.finished, "direct")
        gated = await until(engine, lambda seen: seen.finished, "gated")
    assert (direct.phase, table(direct)) == (
        "Failed",
        [("one", "Pod", "Failed", "workflow shutdown with strategy: Stop")],
    )
    assert table(gated)[0] == ("gate", "Suspend", "Failed", "Stopped with strategy 'Stop'")


# ---- deadlines


async def test_a_step_ends_at_its_deadline(engines: Engines) -> None:
    seen = await whole(engines, shell("provision", SLEEP, activeDeadlineSeconds=1))
    assert (seen.phase, seen.message) == ("Failed", "Pod was active on the node longer than the specified deadline")


async def test_a_run_ends_at_its_deadline_wherever_it_is(engines: Engines) -> None:
    again = shell("again", "exit 1", retryStrategy={"limit": 9, "backoff": {"duration": "1h"}})
    steps = dag(
        task("gate"),
        task("long"),
        task("more", template="long"),
        task("again"),
        task("late", "long.Failed", template="long"),
        task("shut", "long.Failed", template="gate"),
    )
    gate = {"name": "gate", "suspend": {}}
    async with engines(
        workflow_template(gate, shell("long", SLEEP), again, steps, activeDeadlineSeconds=2), parallelism=2
    ) as engine:
        seen = await ended(engine)
    assert (seen.phase, seen.message) == ("Failed", "")
    found = {name: (phase, message) for name, _, phase, message in table(seen)}
    late = ("Failed", "Step exceeded its deadline")
    cut = ("gate", "long", "more", "late", "shut")
    assert {name: found[name] for name in cut} == dict.fromkeys(cut, late)
    assert found["again"][0] == "Failed"


async def test_attempts_end_with_the_runs_deadline(engines: Engines) -> None:
    again = shell("provision", "exit 1", retryStrategy={"limit": 9, "backoff": {"duration": "1h"}})
    seen = await whole(engines, again, activeDeadlineSeconds=1)
    assert seen.nodes[0].message.startswith("retry exceeded workflow deadline 20")
    assert seen.nodes[0].message.endswith("+0000 UTC")


async def test_a_suspension_with_a_duration_ends_by_itself(engines: Engines) -> None:
    seen = await whole(engines, {"name": "pause", "suspend": {"duration": "100ms"}}, dag(task("pause")))
    assert table(seen) == [("pause", "Suspend", "Succeeded", "")]


async def test_a_suspension_with_a_duration_can_be_resumed_before(engines: Engines) -> None:
    async with engines(
        workflow_template({"name": "pause", "suspend": {"duration": "2"}}, dag(task("pause")))
    ) as engine:
        await published(engine)
        await until(engine, runs_now("pause"))
        await engine.resume("r")
        assert (await until(engine, lambda seen: seen.finished)).phase == "Succeeded"


# ---- the exit handler


def handler() -> Manifest:
    say = "import os; print(os.environ['STATUS'], os.environ['TEXT'])"
    env = [
        {"name": "STATUS", "value": "{{workflow.status}}"},
        {"name": "TEXT", "value": "{{workflow.outputs.parameters.text}}"},
    ]
    return program("handler", say, container={"env": env})


async def test_the_exit_handler_runs_after_success_and_after_failure(engines: Engines) -> None:
    for code, phase in (("pass", "Succeeded"), ("raise SystemExit(1)", "Failed")):
        main = program("provision", wrote("text", "hello") + code, outputs=outputs(output("text", globalName="text")))
        async with engines(workflow_template(main, handler(), onExit="handler")) as engine:
            seen = await ended(engine, phase.lower())
            assert seen.phase == phase
            exit_name = f"{seen.name}.onExit"
            assert (seen.nodes[1].name, seen.nodes[1].phase) == (exit_name, "Succeeded")
            assert [line async for line in engine.logs(seen.name, exit_name, follow=False)] == [f"{phase} hello"]


async def test_the_exit_handler_runs_though_the_run_is_stopped(engines: Engines) -> None:
    template = workflow_template(
        shell("provision", SLEEP),
        dag(task("tidy"), name="handler"),
        shell("tidy", "echo {{workflow.status}}"),
        onExit="handler",
    )
    seen = [seen async for seen in stopped(engines, template, "r")][-1]
    assert (seen.phase, seen.message) == ("Failed", "Stopped with strategy 'Stop'")
    assert table(seen) == [("r.onExit", "DAG", "Succeeded", ""), ("tidy", "Pod", "Succeeded", "")]


async def test_a_failed_exit_handler_fails_a_run_that_succeeded(engines: Engines) -> None:
    seen = await whole(engines, shell("provision", "true"), shell("handler", "exit 2"), onExit="handler")
    assert (seen.phase, seen.message) == ("Failed", "main: Error (exit code 2)")


async def test_an_empty_dag_succeeds(engines: Engines) -> None:
    assert (await whole(engines, dag())).phase == "Succeeded"


async def test_the_entrypoint_takes_its_inputs_from_the_arguments(engines: Engines) -> None:
    say = shell(
        "provision",
        "echo {{inputs.parameters.word}} {{inputs.parameters.other}}",
        inputs={"parameters": [{"name": "word"}, {"name": "other", "default": "b"}]},
    )
    async with engines(workflow_template(say, parameters=("word",))) as engine:
        await ended(engine, word="a")
        assert [line async for line in engine.logs("r", "r", follow=False)] == ["a b"]


async def test_a_dag_takes_its_inputs_from_the_arguments_and_tells_tasks_how_others_ended(engines: Engines) -> None:
    say = shell("say", "echo {{inputs.parameters.word}}", inputs={"parameters": [{"name": "word"}]})
    given = {"parameters": [{"name": "word", "value": "{{inputs.parameters.word}} {{tasks.first.status}}"}]}
    tasks = (
        task("first"),
        task("say", "first.Failed", arguments=given, when="'{{inputs.parameters.word}}' != '{{tasks.first.status}}'"),
    )
    inputs = {"parameters": [{"name": "word", "default": ""}]}
    async with engines(
        workflow_template(shell("first", "exit 1"), say, dag(*tasks, inputs=inputs), parameters=("word",))
    ) as engine:
        await ended(engine, word="hello")
        assert [line async for line in engine.logs("r", "say", follow=False)] == ["hello Failed"]


async def test_an_exit_handler_that_wants_an_output_that_never_was_is_in_error(engines: Engines) -> None:
    main = program("provision", "raise SystemExit(1)", outputs=outputs(output("text", globalName="text")))
    seen = await whole(engines, main, handler(), onExit="handler")
    assert (seen.phase, seen.nodes[1].phase) == ("Failed", "Error")
    assert seen.nodes[1].message == "failed to resolve {{workflow.outputs.parameters.text}}"


async def test_a_step_whose_folder_cannot_be_made_is_in_error(engines: Engines, tmp_path: Path) -> None:
    leave = program("leave", wrote("file", "x"), outputs=outputs(artifacts=("file",)))
    take = program("take", "pass", inputs={"artifacts": [{"name": "file", "path": "/work/file"}]})
    given = {"artifacts": [{"name": "file", "from": "{{tasks.leave.outputs.artifacts.file}}"}]}
    tasks = (task("leave"), task("gate", "leave"), task("plain", "gate"), task("take", "gate", arguments=given))
    template = workflow_template(leave, take, program("plain", "pass"), {"name": "gate", "suspend": {}}, dag(*tasks))
    async with engines(template) as engine:
        await published(engine)
        await until(engine, runs_now("gate"))
        for node in ("r.plain", "r.take"):
            (tmp_path / "data/runs/r/work" / node_id("r", node)).touch()
        await engine.resume("r")
        seen = await until(engine, lambda seen: seen.finished)
    for found in table(seen)[2:]:
        assert found[2] == "Error"
        assert found[3].startswith("The step's folder could not be made: [Errno 20] Not a directory")


async def test_a_step_that_is_stopped_while_its_files_are_laid_out_never_starts(
    engines: Engines, tmp_path: Path
) -> None:
    leave = program(
        "leave",
        "import os; os.mkdir('out'); open('out/file', 'w').truncate(1 << 27)",
        outputs=outputs(artifacts=("file",)),
    )
    take = program(
        "take", f"open({str(tmp_path / 'ran')!r}, 'w')", inputs={"artifacts": [{"name": "file", "path": "/work/file"}]}
    )
    given = {"artifacts": [{"name": "file", "from": "{{tasks.leave.outputs.artifacts.file}}"}]}
    async with engines(
        workflow_template(leave, take, dag(task("leave"), task("take", "leave", arguments=given)))
    ) as engine:
        await published(engine)
        await until(engine, lambda seen: phase_of(seen, "take") == "Pending")
        await engine.stop("r")
        seen = await until(engine, lambda seen: seen.finished)
    assert table(seen)[1] == ("take", "Pod", "Failed", "workflow shutdown with strategy:  Stop")
    assert not (tmp_path / "ran").exists()
