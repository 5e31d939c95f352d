"""The operator's routes."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from idp.engines.protocol import RunSeen
from tests.api.platform import Platform, environment, pointers, problem

pytestmark = pytest.mark.anyio

HERE = "/v1/environments/payments/checkout"
WHY = {"reason": "The cluster was restored from yesterday's backup."}


@pytest.fixture
async def oda(idp: Platform) -> AsyncIterator[httpx2.AsyncClient]:
    """An operator of no team."""
    async with idp.client("oda", teams=(), roles=("operator",)) as client:
        yield client


async def test_a_stuck_request_is_ended(idp: Platform, ada: httpx2.AsyncClient, oda: httpx2.AsyncClient) -> None:
    request = (await ada.post("/v1/environments", json=environment())).json()
    idp.engine.seen[request["run"]] = RunSeen(name=request["run"], uid="uid", phase="Running")
    running = await oda.post(f"{HERE}/unlock", json=WHY)
    idp.engine.seen.clear()

    answer = await oda.post(f"{HERE}/unlock", json=WHY)

    assert (running.status_code, problem(running)["type"]) == (409, "urn:idp:problem:conflict")
    assert (answer.status_code, answer.json()["id"], answer.json()["phase"]) == (200, request["id"], "failed")
    history = (await ada.get(f"/v1/requests/{request['id']}/history")).json()["items"]
    assert [entry["kind"] for entry in history] == ["accepted", "unlocked", "failed"]
    assert (await ada.delete(HERE)).status_code == 202


async def test_a_forgotten_resource_is_gone_and_what_is_left_is_named(
    idp: Platform, ada: httpx2.AsyncClient, oda: httpx2.AsyncClient
) -> None:
    request = (await ada.post("/v1/environments", json=environment())).json()
    assert (await oda.post(f"{HERE}/forget", json=WHY)).status_code == 409
    await idp.finished(request["id"], host="checkout.example")

    answer = await oda.post(f"{HERE}/forget", json=WHY)

    assert answer.status_code == 200
    assert answer.json() == {
        "capability": "environments",
        "team": "payments",
        "name": "checkout",
        "state_key": "payments/environments/checkout",
        "spec": {**environment(), "stage": "dev", "cpu": 4, "memory_gib": 8},
        "outputs": {"host": "checkout.example"},
    }
    assert (await ada.get(HERE)).status_code == 404


async def test_an_adopted_resource_is_there(ada: httpx2.AsyncClient, oda: httpx2.AsyncClient) -> None:
    answer = await oda.post(f"{HERE}/adopt", json=WHY | {"spec": environment(cpu=8)})

    assert (answer.status_code, answer.headers["etag"]) == (201, '"1"')
    assert (answer.json()["status"], answer.json()["spec"]["cpu"]) == ("ready", 8)
    assert (await ada.get(HERE)).json() == answer.json() | {"placements": None}
    again = await oda.post(f"{HERE}/adopt", json=WHY | {"spec": environment()})
    assert problem(again)["type"] == "urn:idp:problem:resource-exists"
    (request,) = (await ada.get("/v1/requests")).json()["items"]
    assert (request["phase"], request["verb"]) == ("succeeded", "provision")
    assert (await ada.delete(HERE)).status_code == 202


@pytest.mark.parametrize(
    ("act", "body", "named"),
    [
        ("unlock", {}, ["/reason"]),
        ("forget", {"reason": "  "}, ["/reason"]),
        ("forget", {"reason": "two\nlines"}, ["/reason"]),
        ("forget", WHY | {"by": "somebody"}, ["/by"]),
        ("adopt", WHY, ["/spec"]),
        ("adopt", WHY | {"spec": environment(cpu=10_000)}, ["/spec/cpu"]),
        ("adopt", WHY | {"spec": environment(owner="me")}, ["/spec/owner"]),
        ("adopt", WHY | {"spec": environment(team="shop")}, ["/spec/team"]),
    ],
)
async def test_what_is_not_valid_is_named(
    oda: httpx2.AsyncClient, act: str, body: dict[str, object], named: list[str]
) -> None:
    answer = await oda.post(f"{HERE}/{act}", json=body)

    assert (answer.status_code, pointers(answer)) == (422, named)


@pytest.mark.parametrize("act", ["unlock", "forget", "adopt"])
async def test_nobody_else_may(ada: httpx2.AsyncClient, act: str) -> None:
    body = WHY | ({"spec": environment()} if act == "adopt" else {})

    answer = await ada.post(f"{HERE}/{act}", json=body)

    assert (answer.status_code, "role operator" in problem(answer)["detail"]) == (403, True)


async def test_actions_have_no_such_routes(oda: httpx2.AsyncClient) -> None:
    assert (await oda.post("/v1/configurations/payments/checkout/forget", json=WHY)).status_code == 404
