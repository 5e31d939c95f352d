"""Logs of a step's pods, as they grow."""

import asyncio
from typing import Any

import pytest

from idp.engines.argo import ArgoEngine, logs
from idp.engines.protocol import EngineUnavailableError
from idp.errors import NotFoundError
from tests.engines.argo.standin import PODS, WORKFLOWS, Said, StandIn, recorded, standing_in

pytestmark = pytest.mark.anyio

WAITING = Said(
    400, b'{"message":"container \\"main\\" in pod \\"p\\" is waiting to start: PodInitializing","code":400}'
)
IDS = {"look(0)": "things-a-977181166", "change": "things-a-4121989560"}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "LOOK_SECONDS", 0.001)


def run(name: str = "succeeded", **phases: str) -> Said:
    """The recorded run with some of its nodes in other phases."""
    found = recorded(name)
    for node in found["status"]["nodes"].values():
        node["phase"] = phases.get(node["displayName"], node["phase"])
    return Said(body=found)


def failing(*attempts: str, step: str = "Running") -> Said:
    """The retried step with so many attempts, in these phases."""
    found = recorded("failed")
    nodes: dict[str, Any] = found["status"]["nodes"]
    kept = {f"failing({number})": phase for number, phase in enumerate(attempts)} | {
        "failing": step,
        "things-f": "Running",
    }
    nodes = {
        id_: node | {"phase": kept[node["displayName"]]} for id_, node in nodes.items() if node["displayName"] in kept
    }
    found["status"]["nodes"] = nodes
    return Said(body=found)


def pods(*nodes: str) -> Said:
    return Said(
        body={
            "items": [
                {"metadata": {"name": f"pod-{id_}", "annotations": {"workflows.argoproj.io/node-id": id_}}}
                for id_ in nodes
            ]
        }
    )


def log(id_: str) -> str:
    return f"{PODS}/pod-{id_}/log"


async def told(engine: ArgoEngine, step: str, *, name: str = "things-a", follow: bool = False) -> list[str]:
    async with asyncio.timeout(20):
        return [line async for line in engine.logs(name, step, follow=follow)]


async def test_the_lines_of_a_step() -> None:
    async with standing_in() as (cluster, engine):
        cluster.on("GET", f"{WORKFLOWS}/things-a", run())
        cluster.on("GET", PODS, pods(*IDS.values()))
        cluster.on("GET", log(IDS["change"]), Said(body=b"one\ntwo \xff\n" + b"x" * 20_000))

        found = await told(engine, "change")

    assert found == ["one", "two �", "x" * 16_384, "x" * 3_616]
    assert cluster.asked("GET", PODS)[0].query == {"labelSelector": "workflows.argoproj.io/workflow=things-a"}
    assert cluster.asked("GET", log(IDS["change"]))[0].query == {"container": "main"}


def three(cluster: StandIn) -> list[str]:
    """Pods of the three attempts, each with a log of one line; their ids in order."""
    nodes = recorded("failed")["status"]["nodes"]
    ids = [id_ for id_, node in sorted(nodes.items(), key=lambda each: each[1]["displayName"]) if node["type"] == "Pod"]
    cluster.on("GET", PODS, pods(*ids))
    for number, id_ in enumerate(ids):
        cluster.on("GET", log(id_), Said(body=f"attempt {number}\n".encode()))
    return ids


async def test_of_a_step_that_was_tried_again_all_attempts_in_order() -> None:
    async with standing_in() as (cluster, engine):
        cluster.on("GET", f"{WORKFLOWS}/things-f", run("failed"))
        three(cluster)

        assert await told(engine, "failing", name="things-f") == ["attempt 0", "attempt 1", "attempt 2"]
        assert await told(engine, "failing(1)", name="things-f") == ["attempt 1"]


async def test_who_follows_waits_for_the_next_attempt_until_the_step_is_over() -> None:
    async with standing_in() as (cluster, engine):
        cluster.on(
            "GET",
            f"{WORKFLOWS}/things-f",
            *[failing("Failed")] * 4,
            *[failing("Failed", "Failed")] * 4,
            failing("Failed", "Failed", step="Failed"),
        )
        three(cluster)

        assert await told(engine, "failing", name="things-f", follow=True) == ["attempt 0", "attempt 1"]


async def test_who_follows_waits_for_the_container() -> None:
    async with standing_in() as (cluster, engine):
        cluster.on("GET", f"{WORKFLOWS}/things-a", *[run(change="Pending")] * 3, run())
        cluster.on("GET", PODS, pods(*IDS.values()))
        cluster.on("GET", log(IDS["change"]), WAITING, WAITING, Said(chunks=(b"a\n", b"b")))

        assert await told(engine, "change", follow=True) == ["a", "b"]
        assert cluster.asked("GET", log(IDS["change"]))[0].query == {"container": "main", "follow": "true"}


async def test_who_does_not_follow_is_told_nothing_of_what_has_not_begun() -> None:
    async with standing_in() as (cluster, engine):
        cluster.on("GET", f"{WORKFLOWS}/things-a", run(change="Pending"))
        cluster.on("GET", PODS, pods(*IDS.values()))
        cluster.on("GET", log(IDS["change"]), WAITING)

        assert await told(engine, "change") == []


async def test_a_log_that_ends_before_its_step_is_taken_up_where_it_was() -> None:
    """As when the API server is restarted: it ends its answers in good order."""
    async with standing_in() as (cluster, engine):
        cluster.on("GET", f"{WORKFLOWS}/things-a", *[run(change="Running")] * 2, run())
        cluster.on("GET", PODS, pods(*IDS.values()))
        cluster.on("GET", log(IDS["change"]), Said(chunks=(b"a\nb\n",)), Said(chunks=(b"a\nb\nc\n",)))

        assert await told(engine, "change", follow=True) == ["a", "b", "c"]


async def test_a_connection_that_is_lost_ends_the_log_with_the_reason() -> None:
    async with standing_in() as (cluster, engine):
        cluster.on("GET", f"{WORKFLOWS}/things-a", run(change="Running"))
        cluster.on("GET", PODS, pods(*IDS.values()))
        cluster.on("GET", log(IDS["change"]), Said(chunks=(b"a\n",), cut=True))
        found = engine.logs("things-a", "change", follow=True)

        assert await anext(found) == "a"
        with pytest.raises(EngineUnavailableError, match="gave no answer"):
            await anext(found)


@pytest.mark.parametrize("step", ["gate", "more", "nothing"])
async def test_what_has_no_pod_has_no_log(step: str) -> None:
    async with standing_in() as (cluster, engine):
        cluster.on("GET", f"{WORKFLOWS}/things-a", run())

        with pytest.raises(NotFoundError, match=f"The run things-a has no step '{step}' with a log"):
            await told(engine, step, follow=True)


async def test_what_is_gone_is_not_found() -> None:
    async with standing_in() as (cluster, engine):
        with pytest.raises(NotFoundError, match="There is no run 'things-a'"):
            await told(engine, "change")

        cluster.on("GET", f"{WORKFLOWS}/things-a", run())
        cluster.on("GET", PODS, pods())
        with pytest.raises(NotFoundError, match="The pod of change of things-a is gone"):
            await told(engine, "change")

        cluster.on("GET", PODS, pods(*IDS.values()))
        with pytest.raises(NotFoundError, match="is gone, and its log with it"):
            await told(engine, "change")


async def test_a_node_that_does_not_answer_is_told() -> None:
    async with standing_in() as (cluster, engine):
        cluster.on("GET", f"{WORKFLOWS}/things-a", run())
        cluster.on("GET", PODS, pods(*IDS.values()))
        cluster.on("GET", log(IDS["change"]), Said(500, b"dial tcp 10.0.0.1:10250: connect: no route to host"))

        with pytest.raises(EngineUnavailableError, match="no route to host"):
            await told(engine, "change")
