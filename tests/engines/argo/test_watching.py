"""List and watch, whatever the API server does meanwhile."""

import asyncio
import base64
import copy
import gzip
import json
import socket
from contextlib import aclosing
from typing import Any

import pytest

from idp.engines.argo import ArgoEngine, position
from idp.engines.protocol import EngineUnavailableError, RunSeen
from tests.engines.argo.standin import ARGO, WORKFLOWS, Said, recorded, recorded_lines, standing_in

pytestmark = pytest.mark.anyio

WATCHED = recorded_lines("watch")
ADDED, CHANGES, ENDED, DELETED, BOOKMARK, TOO_OLD = (
    WATCHED[0],
    WATCHED[1:9],
    WATCHED[9],
    WATCHED[10],
    WATCHED[11],
    WATCHED[-1],
)
GONE = Said(
    410, {"kind": "Status", "code": 410, "reason": "Expired", "message": "The provided continue parameter is too old"}
)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(position, "PAUSE_SECONDS", 0.001)


def page(*items: Any, version: str = "100", following: str = "") -> Said:
    return Said(body={"metadata": {"resourceVersion": version, "continue": following}, "items": list(items)})


def stream(*chunks: bytes, cut: bool = False, stays: bool = False) -> Said:
    return Said(chunks=chunks or (b"",), cut=cut, stays=stays)


async def seen(engine: ArgoEngine, count: int) -> list[RunSeen]:
    """The first so many sights."""
    found: list[RunSeen] = []
    async with asyncio.timeout(20), aclosing(engine.runs()) as runs:
        async for run in runs:
            found.append(run)
            if len(found) == count:
                break
    return found


async def test_everything_that_is_known_then_every_change() -> None:
    async with standing_in() as (cluster, engine):
        pages = page(recorded("succeeded"), following="more"), page(recorded("failed"), version="101")
        cluster.on("GET", WORKFLOWS, *pages, stream(ADDED, *CHANGES, ENDED, stays=True))

        found = await seen(engine, 12)

    assert [(run.name, run.phase, len(run.nodes)) for run in found] == [
        ("things-a", "Succeeded", 6),
        ("things-f", "Failed", 5),
        ("things-w", "Pending", 0),
        ("things-w", "Running", 3),
        ("things-w", "Running", 3),
        ("things-w", "Running", 3),
        ("things-w", "Running", 3),
        ("things-w", "Running", 5),
        ("things-w", "Running", 5),
        ("things-w", "Running", 5),
        ("things-w", "Running", 5),
        ("things-w", "Succeeded", 6),
    ]
    first, second, watch = (call.query for call in cluster.asked("GET", WORKFLOWS))
    assert first == {"labelSelector": "idp.io/request", "limit": "50"}
    assert second == {**first, "continue": "more"}
    assert (watch["resourceVersion"], watch["watch"], watch["allowWatchBookmarks"]) == ("101", "true", "true")
    assert watch["labelSelector"] == "idp.io/request"


async def versions(*streams: Said, sights: int) -> list[str]:
    """With which version each list ("") and watch began, until so many sights were seen."""
    async with standing_in() as (cluster, engine):
        cluster.on("GET", WORKFLOWS, page(), *streams)
        await seen(engine, sights)
        return [call.query.get("resourceVersion", "") for call in cluster.asked("GET", WORKFLOWS)]


async def test_a_watch_that_ends_goes_on_where_it_was() -> None:
    assert await versions(stream(ADDED), stream(ENDED, stays=True), sights=2) == ["", "100", "3769"]


async def test_a_bookmark_moves_the_watch_and_tells_nothing() -> None:
    assert await versions(stream(ADDED, BOOKMARK), stream(ENDED, stays=True), sights=2) == ["", "100", "4430"]


async def test_a_watch_that_is_cut_in_a_line_goes_on_after_the_last_whole_one() -> None:
    half = ENDED[: len(ENDED) // 2]

    assert await versions(stream(ADDED, half, cut=True), stream(ENDED, stays=True), sights=2) == ["", "100", "3769"]


async def test_a_watch_that_ends_in_good_order_within_a_line_goes_on_after_the_last_whole_one() -> None:
    assert await versions(stream(ADDED, ENDED[:99]), stream(ENDED, stays=True), sights=2) == ["", "100", "3769"]


async def test_what_is_no_list_and_no_workflow_is_told() -> None:
    """As from a proxy in between."""
    async with standing_in() as (cluster, engine):
        cluster.on("GET", WORKFLOWS, Said(body=b"<html>sign in"))
        cluster.on("GET", f"{WORKFLOWS}/r", Said(body=b"<html>sign in"))

        with pytest.raises(EngineUnavailableError, match="No JSON, where the Kubernetes API answers: <html>sign in"):
            await seen(engine, 1)
        with pytest.raises(EngineUnavailableError, match="A Workflow cannot be read"):
            await engine.run("r")


async def test_a_version_that_is_too_old_means_to_list_again() -> None:
    """As the watch cache says it: 200, and then an event."""
    again = page(recorded("succeeded"), version="5000")

    assert await versions(stream(ADDED, TOO_OLD), again, stream(ENDED, stays=True), sights=3) == ["", "100", "", "5000"]


async def test_too_old_as_a_status_means_the_same() -> None:
    again = page(recorded("succeeded"), version="5000")

    assert await versions(GONE, again, stream(ENDED, stays=True), sights=2) == ["", "100", "", "5000"]


async def test_a_list_that_is_too_old_at_its_second_page_begins_again() -> None:
    async with standing_in() as (cluster, engine):
        first = page(recorded("succeeded"), following="more")
        cluster.on("GET", WORKFLOWS, first, GONE, first, page(recorded("failed"), version="9"), stream(stays=True))

        found = await seen(engine, 3)
        await asyncio.sleep(0)

    assert [run.name for run in found] == ["things-a", "things-a", "things-f"]


async def test_a_list_that_fails_at_its_second_page_is_not_taken_for_whole() -> None:
    async with standing_in() as (cluster, engine):
        first = page(recorded("succeeded"), following="more")
        cluster.on("GET", WORKFLOWS, first, Said(500, b"etcdserver: request timed out"), stream(stays=True))

        with pytest.raises(EngineUnavailableError, match="answered 500 to LIST Workflows"):
            await seen(engine, 2)


async def test_after_a_while_everything_is_listed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a change which a watch did not tell, for whatever reason, is seen."""
    monkeypatch.setattr(position, "LIST_AGAIN_SECONDS", 0.0)
    again = page(recorded("succeeded"), version="5000")

    assert await versions(stream(ADDED), again, stream(stays=True), sights=2) == ["", "100", ""]


async def test_an_error_of_another_kind_is_a_failure_of_that_watch() -> None:
    trouble = b'{"type":"ERROR","object":{"kind":"Status","code":500,"message":"etcdserver: leader changed"}}\n'

    assert await versions(stream(ADDED, trouble), stream(ENDED, stays=True), sights=2) == ["", "100", "3769"]


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
async def test_a_list_that_is_refused_is_told_at_once(status: int) -> None:
    async with standing_in() as (cluster, engine):
        cluster.on("GET", WORKFLOWS, Said(status, b"workflows is forbidden"))

        with pytest.raises(
            EngineUnavailableError, match=rf"answered {status} to LIST Workflows: workflows is forbidden"
        ):
            await seen(engine, 1)

        assert len(cluster.calls) == 1


async def test_watches_that_fail_for_a_while_are_borne_and_then_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """What an API server says while it starts: recorded from one that was killed."""
    refused = (
        Said(cut=True),
        Said(403, b"workflows.argoproj.io is forbidden"),
        Said(503, b"the request has been made before all known HTTP paths have been installed, please try again"),
        Said(429, b"storage is (re)initializing"),
    )
    assert await versions(stream(ADDED), *refused, stream(ENDED, stays=True), sights=2) == ["", "100", *["3769"] * 5]

    monkeypatch.setattr(position, "PATIENCE_SECONDS", 0.0)
    with pytest.raises(EngineUnavailableError, match="answered 503 to WATCH Workflows"):
        await versions(stream(ADDED), refused[2], sights=2)


async def test_a_connection_that_is_lost_while_listing_is_told() -> None:
    async with standing_in() as (cluster, engine):
        cluster.on("GET", WORKFLOWS, Said(cut=True))

        with pytest.raises(EngineUnavailableError, match=r"The stand-in at .* gave no answer"):
            await seen(engine, 1)


async def test_a_workflow_that_cannot_be_read_hides_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    odd = copy.deepcopy(recorded("failed"))
    odd["status"]["phase"] = "Excellent"
    event = json.dumps({"type": "MODIFIED", "object": odd}).encode() + b"\n"
    async with standing_in() as (cluster, engine):
        cluster.on("GET", WORKFLOWS, page(odd, recorded("succeeded")), stream(event), stream(ENDED, stays=True))

        found = await seen(engine, 2)

    assert [run.name for run in found] == ["things-a", "things-w"]
    watched = cluster.asked("GET", WORKFLOWS)[-1]
    assert watched.query["resourceVersion"] == odd["metadata"]["resourceVersion"], "and is not told again"
    said = capsys.readouterr().out
    assert said.count("workflow_not_understood") == 2
    assert "things-f" in said
    assert "Excellent" in said


async def test_a_run_that_was_deleted_after_its_end_is_told_and_one_before_is_not() -> None:
    """The end may not have been seen. What went before its end tells nothing: GET says that it is gone."""
    cut_off = json.loads(DELETED)
    del cut_off["object"]["status"]["finishedAt"]
    cut_off["object"]["status"]["phase"] = "Running"
    cut_off["object"]["metadata"]["name"] = "things-x"
    unfinished = json.dumps(cut_off).encode() + b"\n"
    async with standing_in() as (cluster, engine):
        cluster.on("GET", WORKFLOWS, page(), stream(unfinished, DELETED, stays=True))

        (only,) = await seen(engine, 1)
        assert (only.name, only.phase) == ("things-w", "Succeeded")
        assert await engine.run("things-w") is None


def elsewhere(**status: str) -> Any:
    """A large Workflow, as the Kubernetes API shows it."""
    found = recorded("succeeded")
    del found["status"]["nodes"]
    found["status"] |= status
    return found


async def test_what_is_compressed_is_read_here_and_what_is_not_in_the_object_is_asked_for() -> None:
    packed = base64.b64encode(gzip.compress(json.dumps(recorded("succeeded")["status"]["nodes"]).encode())).decode()
    items = elsewhere(compressedNodes=packed), elsewhere(offloadNodeStatusVersion="fnv:784644345")
    async with standing_in() as (cluster, engine):
        cluster.on("GET", WORKFLOWS, page(*items), stream(stays=True))
        cluster.on("GET", f"{ARGO}/things-a", Said(body=recorded("succeeded")))

        compressed, offloaded = await seen(engine, 2)

        assert compressed == offloaded
        assert len(compressed.nodes) == 6
        assert len(cluster.asked("GET", f"{ARGO}/things-a")) == 1


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (
            Said(500, b'{"code":13,"message":"offload node status is not supported"}'),
            "offload node status is not supported",
        ),
        (Said(body=elsewhere(offloadNodeStatusVersion="fnv:1")), "The Argo Server does not show the nodes of things-a"),
        (Said(body=b"{}"), "A Workflow cannot be read"),
    ],
)
async def test_a_run_that_the_argo_server_does_not_show_is_told_and_hides_no_other(
    said: Said, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with standing_in() as (cluster, engine):
        items = elsewhere(offloadNodeStatusVersion="fnv:1"), recorded("failed")
        cluster.on("GET", WORKFLOWS, page(*items), stream(stays=True))
        cluster.on("GET", f"{WORKFLOWS}/things-a", Said(body=items[0]))
        cluster.on("GET", f"{ARGO}/things-a", said)

        (only,) = await seen(engine, 1)
        with pytest.raises(EngineUnavailableError, match=reason):
            await engine.run("things-a")

    assert only.name == "things-f"
    assert "run_not_shown" in capsys.readouterr().out


async def test_an_offloaded_run_that_goes_meanwhile_is_gone() -> None:
    async with standing_in() as (cluster, engine):
        cluster.on("GET", f"{WORKFLOWS}/things-a", Said(body=elsewhere(offloadNodeStatusVersion="fnv:1")))

        assert await engine.run("things-a") is None


async def test_a_peer_that_is_gone_without_a_word_is_noticed() -> None:
    """By the connection: 15 s of silence, then three questions 5 s apart."""
    async with standing_in() as (cluster, engine):
        cluster.on("GET", "/", stream(stays=True))
        async with engine._session.get(cluster.url) as response:
            assert response.connection
            assert response.connection.transport
            connected = response.connection.transport.get_extra_info("socket")
            options = [
                connected.getsockopt(socket.IPPROTO_TCP, each)
                for each in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
            ]

            assert connected.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
            assert options == [15, 5, 3]
