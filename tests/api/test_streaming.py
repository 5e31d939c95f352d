import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any, cast

import httpx2
import pytest

from idp.api import runlogs, streaming
from tests.api.platform import Platform, environment

pytestmark = pytest.mark.anyio

EVENTS = {"Accept": "text/event-stream"}


def events(text: str) -> list[dict[str, Any]]:
    """Each event's data; id and event must agree with it."""
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if line and not line.startswith(":"))
        if "data" in fields:
            data = json.loads(fields["data"])
            assert (fields["id"], fields["event"]) == (str(data["sequence"]), data["kind"])
            found.append(data)
    return found


async def test_the_stream_is_the_history_and_ends_with_it(idp: Platform, ada: httpx2.AsyncClient) -> None:
    id_ = (await ada.post("/v1/environments", json=environment())).json()["id"]
    await idp.stepped(id_, "look")
    await idp.finished(id_)

    answer = await ada.get(f"/v1/requests/{id_}/history", headers=EVENTS)

    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-cache, no-transform"
    assert answer.text.startswith("retry: 2000\n\n")
    assert events(answer.text) == (await ada.get(f"/v1/requests/{id_}/history")).json()["items"]


async def test_a_stream_is_taken_up_after_the_last_entry_that_came(idp: Platform, ada: httpx2.AsyncClient) -> None:
    id_ = (await ada.post("/v1/environments", json=environment())).json()["id"]
    for step in ("look", "terraform"):
        await idp.stepped(id_, step)
    await idp.finished(id_)

    answer = await ada.get(f"/v1/requests/{id_}/history", headers=EVENTS | {"Last-Event-ID": "2"})
    wrong = await ada.get(f"/v1/requests/{id_}/history", headers=EVENTS | {"Last-Event-ID": "two"})

    assert [event["sequence"] for event in events(answer.text)] == [3, 4]
    assert wrong.status_code == 422


async def test_a_hundred_cuts_lose_nothing_and_repeat_nothing(idp: Platform, ada: httpx2.AsyncClient) -> None:
    id_ = (await ada.post("/v1/environments", json=environment())).json()["id"]

    async def work() -> None:
        for number in range(100):
            await idp.stepped(id_, f"step{number}")
        await idp.finished(id_)

    working = asyncio.create_task(work())
    seen: list[int] = []
    async with (
        idp.listening() as address,
        httpx2.AsyncClient(base_url=address, headers=ada.headers, timeout=60) as client,
    ):
        while len(seen) < 102:
            headers = EVENTS | {"Last-Event-ID": str(seen[-1] if seen else 0)}
            async with client.stream("GET", f"/v1/requests/{id_}/history", headers=headers) as answer:
                async for line in answer.aiter_lines():
                    if line.startswith("data: "):
                        seen.append(json.loads(line.removeprefix("data: "))["sequence"])
                        break
    await working

    assert seen == list(range(1, 103))


async def test_an_idle_stream_says_that_it_lives(idp: Platform, ada: httpx2.AsyncClient) -> None:
    id_ = (await ada.post("/v1/environments", json=environment())).json()["id"]
    async with (
        idp.listening() as address,
        httpx2.AsyncClient(base_url=address, headers=ada.headers, timeout=60) as client,
        client.stream("GET", f"/v1/requests/{id_}/history", headers=EVENTS) as answer,
    ):
        async for line in answer.aiter_lines():
            if line == ": ping":
                break


async def test_a_server_that_stops_ends_its_streams(idp: Platform, ada: httpx2.AsyncClient) -> None:
    id_ = (await ada.post("/v1/environments", json=environment())).json()["id"]
    async with (
        idp.listening() as address,
        httpx2.AsyncClient(base_url=address, headers=ada.headers, timeout=60) as client,
        client.stream("GET", f"/v1/requests/{id_}/history", headers=EVENTS) as answer,
    ):
        idp.parts.stopping.set()
        await asyncio.wait_for(answer.aread(), 20)

    assert [event["kind"] for event in events(answer.text)] in ([], ["accepted"])


async def never() -> AsyncIterator[int]:
    await asyncio.sleep(60)
    yield 1


async def test_a_source_that_says_nothing_is_left_when_its_time_is_over() -> None:
    began = time.monotonic()

    came = [item async for item in streaming.paced(never(), ends=began + 0.5, pause=0.2, stopping=asyncio.Event())]

    assert came
    assert set(came) == {None}
    assert time.monotonic() - began < 30


async def test_logs_end_with_the_token_of_who_reads_them(idp: Platform) -> None:
    silent = cast("AsyncIterator[str]", never())
    async with asyncio.timeout(30):
        assert [line async for line in runlogs._bytes(silent, idp.parts, time.time() + 0.2)] == []
