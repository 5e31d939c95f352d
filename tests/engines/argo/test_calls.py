"""Publish, resume, stop: what each answer means."""

import json
from pathlib import Path
from typing import Any

import pytest

from idp.engines.argo import event_source
from idp.engines.argo.tokens import token_in
from idp.engines.protocol import Engine, EngineUnavailableError, StepVerifier
from idp.errors import NotFoundError
from tests.engines.argo.standin import ARGO, WORKFLOWS, Said, recorded, standing_in

pytestmark = pytest.mark.anyio

NO_GATE = Said(
    500,
    b'{"code":13,"message":"currently, set only targets suspend nodes: no suspend nodes matching nodeFieldSelector:'
    b' displayName=gate"}',
)
COMPLETED = Said(500, b'{"code":13,"message":"cannot shutdown a completed workflow: workflow: \\"things-a\\""}')
UNKNOWN = Said(404, b'{"code":5,"message":"workflows.argoproj.io \\"things-a\\" not found"}')
RESUME, STOP = f"{ARGO}/things-a/resume", f"{ARGO}/things-a/stop"


async def test_it_is_an_engine_and_brings_a_verifier() -> None:
    async with standing_in() as (_, made):
        engine: Engine = made
        verifier: StepVerifier = made.verifier

        assert await engine.run("nothing") is None
        assert await verifier.verify("") is None


async def test_an_event_is_handed_over_as_it_is_with_the_token_of_the_moment() -> None:
    async with standing_in() as (cluster, engine):
        cluster.on("POST", "/things", Said(body=b"success"))

        await engine.publish("/things", b'{"a":"\\u007b"}')
        cluster.token = "two"  # noqa: S105 - not a secret
        await engine.publish("/things", b"{}")

        assert [(call.body, call.token) for call in cluster.calls] == [(b'{"a":"\\u007b"}', "one"), (b"{}", "two")]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (Said(500, b"failed to record event"), "answered 500 to POST /things: failed to record event"),
        (
            Said(400, b"failed to parse request body,\n too large"),
            "answered 400 to POST /things: failed to parse request body, too large",
        ),
        (Said(401, b"Invalid Auth token"), "answered 401 to POST /things: Invalid Auth token"),
        (Said(404, b"404 page not found\n"), "answered 404 to POST /things: 404 page not found"),
        (Said(302, b""), "answered 302 to POST /things: "),
        (Said(201, b""), "answered 201 to POST /things: "),
        (Said(200, cut=True), "gave no answer"),
    ],
)
async def test_every_other_answer_leaves_it_unknown_whether_the_event_is_held(said: Said, reason: str) -> None:
    async with standing_in() as (cluster, engine):
        cluster.on("POST", "/things", said)

        with pytest.raises(EngineUnavailableError) as caught:
            await engine.publish("/things", b"{}")

        assert reason in str(caught.value)
        assert len(cluster.calls) == 1, "the outbox is what repeats"


async def test_nobody_is_followed_elsewhere_with_our_token() -> None:
    async with standing_in() as (cluster, engine):
        cluster.on("POST", "/things", Said(307, location="/elsewhere"))
        cluster.on("POST", "/elsewhere", Said())

        with pytest.raises(EngineUnavailableError, match="answered 307 to POST /things"):
            await engine.publish("/things", b"{}")

        assert cluster.asked("POST", "/elsewhere") == []


async def test_an_event_source_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_source, "SECONDS", 0.05)
    async with standing_in() as (cluster, engine):
        cluster.on("POST", "/things", Said(stays=True))

        with pytest.raises(EngineUnavailableError, match=r"gave no answer"):
            await engine.publish("/things", b"{}")


def test_a_token_is_read_at_each_call(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("one\n")
    token = token_in(file)

    assert token() == "one"
    file.write_text("two")
    assert token() == "two"


@pytest.mark.parametrize(
    ("content", "reason"), [(None, "cannot be read"), (b"\n", "is empty"), (b"\xff", "cannot be read")]
)
def test_a_token_that_is_not_there_is_told_and_may_come(tmp_path: Path, content: bytes | None, reason: str) -> None:
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(EngineUnavailableError, match=reason):
        token_in(file)()


async def test_the_gate_is_resumed_and_nothing_else() -> None:
    async with standing_in() as (cluster, engine):
        cluster.on("PUT", RESUME, Said())
        cluster.on("PUT", STOP, Said())

        await engine.resume("things-a")
        await engine.stop("things-a")

        resume, stop = cluster.calls
        assert json.loads(resume.body) == {"nodeFieldSelector": "displayName=gate"}
        assert json.loads(stop.body) == {}


def with_gate(phase: str, *, run: str = "Running") -> Any:
    """The run, with its gate in this phase."""
    found = recorded("succeeded")
    found["status"]["phase"] = run
    for node in found["status"]["nodes"].values():
        if node["displayName"] == "gate":
            node["phase"] = phase
    return found


def without_gate() -> Any:
    """The run, whose gate has not come up."""
    found = recorded("succeeded")
    nodes = found["status"]["nodes"]
    found["status"] |= {
        "phase": "Running",
        "nodes": {id_: node for id_, node in nodes.items() if node["displayName"] != "gate"},
    }
    return found


@pytest.mark.parametrize("state", [with_gate("Succeeded"), with_gate("Skipped"), with_gate("Running", run="Succeeded")])
async def test_to_resume_what_has_passed_changes_nothing(state: Any) -> None:
    async with standing_in() as (cluster, engine):
        cluster.on("PUT", RESUME, NO_GATE)
        cluster.on("GET", f"{WORKFLOWS}/things-a", Said(body=state))

        await engine.resume("things-a")


@pytest.mark.parametrize("state", [with_gate("Running"), without_gate()])
async def test_a_gate_that_has_not_come_up_is_resumed_later(state: Any) -> None:
    async with standing_in() as (cluster, engine):
        cluster.on("PUT", RESUME, NO_GATE)
        cluster.on("GET", f"{WORKFLOWS}/things-a", Said(body=state))

        with pytest.raises(EngineUnavailableError, match="no suspend nodes"):
            await engine.resume("things-a")

        assert len(cluster.asked("PUT", RESUME)) == 1, "an answer is not asked for again"


@pytest.mark.parametrize("over", [True, False])
async def test_to_stop_what_has_ended_changes_nothing(over: bool) -> None:  # noqa: FBT001 - a parameter of the test
    async with standing_in() as (cluster, engine):
        cluster.on("PUT", STOP, COMPLETED)
        cluster.on(
            "GET", f"{WORKFLOWS}/things-a", Said(body=with_gate("Running", run="Succeeded" if over else "Running"))
        )

        if over:
            await engine.stop("things-a")
        else:
            with pytest.raises(EngineUnavailableError, match="answered 500 to stop things-a"):
                await engine.stop("things-a")


async def test_a_run_that_is_not_there_is_not_found() -> None:
    async with standing_in() as (cluster, engine):
        cluster.on("PUT", RESUME, UNKNOWN)
        cluster.on("PUT", STOP, NO_GATE)

        for call in (engine.resume("things-a"), engine.stop("things-a")):
            with pytest.raises(NotFoundError, match="There is no run 'things-a'"):
                await call


async def test_an_argo_server_that_is_away_for_a_moment_is_asked_again() -> None:
    async with standing_in() as (cluster, engine):
        cluster.on("PUT", RESUME, Said(cut=True), Said(cut=True), Said())

        await engine.resume("things-a")

        assert len(cluster.asked("PUT", RESUME)) == 3


async def test_without_an_answer_the_run_itself_tells_whether_the_gate_has_passed() -> None:
    async with standing_in() as (cluster, engine):
        cluster.on("PUT", RESUME, Said(cut=True))
        cluster.on("GET", f"{WORKFLOWS}/things-a", Said(body=with_gate("Succeeded")))

        await engine.resume("things-a")


async def test_the_kubernetes_api_refusing_is_told() -> None:
    async with standing_in() as (cluster, engine):
        cluster.on("GET", f"{WORKFLOWS}/r", Said(403, b'workflows.argoproj.io "r" is forbidden'))

        with pytest.raises(
            EngineUnavailableError, match=r'answered 403 to GET Workflow r: workflows\.argoproj\.io "r"'
        ):
            await engine.run("r")
