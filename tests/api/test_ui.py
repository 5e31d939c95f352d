"""Where a person sees a run: links on requests and steps, where there is such a place."""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx2
import pytest

from idp.api.app import create_app
from idp.api.ui import ArgoUI
from tests.api.platform import Platform, environment

pytestmark = pytest.mark.anyio


@pytest.fixture
async def seeing(idp: Platform) -> AsyncIterator[httpx2.AsyncClient]:
    """The same server, which knows an Argo UI below a path."""
    parts = replace(idp.parts, ui=ArgoUI("https://argo.example/base/", "idp-runs"))
    transport = httpx2.ASGITransport(app=create_app(parts))
    headers = {"Authorization": f"Bearer {idp.token()}"}
    async with httpx2.AsyncClient(transport=transport, base_url="http://idp.test", headers=headers) as client:
        yield client


async def test_a_request_and_each_of_its_steps_lead_to_the_argo_ui(idp: Platform, seeing: httpx2.AsyncClient) -> None:
    accepted = (await seeing.post("/v1/environments", json=environment())).json()
    await idp.stepped(accepted["id"], "look")
    await idp.finished(accepted["id"])
    history = accepted["links"]["history"]

    listed = (await seeing.get(history)).json()["items"]
    streamed = (await seeing.get(history, headers={"Accept": "text/event-stream"})).text

    page = f"https://argo.example/base/workflows/idp-runs/{accepted['run']}"
    assert accepted["links"]["ui"] == page
    assert [each["links"].keys() for each in listed if each["kind"] != "step"] == [set(), set()]
    (step,) = [each for each in listed if each["kind"] == "step"]
    assert step["links"]["ui"].startswith(f"{page}?nodeId={accepted['run']}-")
    assert step["links"]["ui"] in streamed
    items = (await seeing.get("/v1/requests")).json()["items"]
    assert [each["links"]["ui"] for each in items] == [page]


async def test_without_one_there_are_no_such_links(idp: Platform, ada: httpx2.AsyncClient) -> None:
    accepted = (await ada.post("/v1/environments", json=environment())).json()
    await idp.stepped(accepted["id"], "look")

    assert "ui" not in accepted["links"]
    assert all(each["links"] == {} for each in (await ada.get(accepted["links"]["history"])).json()["items"])


def test_a_node_is_named_as_argo_numbers_it() -> None:
    """Seen in a real Workflow: tests/engines/argo/recorded/succeeded.json."""
    ui = ArgoUI("https://argo.example", "ns")

    assert ui.run("things-a") == "https://argo.example/workflows/ns/things-a"
    assert ui.step("things-a", "look") == "https://argo.example/workflows/ns/things-a?nodeId=things-a-2166465443"
    assert ui.step("things-a", "change") == "https://argo.example/workflows/ns/things-a?nodeId=things-a-4121989560"
