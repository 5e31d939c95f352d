import asyncio
import time
from datetime import UTC, datetime

import httpx2
import pytest

from idp.engines.protocol import EngineUnavailableError, Phase, RunSeen, StepIdentity
from tests.api.platform import DIGEST, STEP_TOKEN, Platform, environment, pointers, problem

pytestmark = pytest.mark.anyio


async def filed(client: httpx2.AsyncClient, **more: str) -> str:
    answer = await client.post("/v1/environments", json=environment(**more))
    assert answer.status_code == 202
    id_: str = answer.json()["id"]
    return id_


async def test_waiting_answers_when_the_phase_changes(idp: Platform, ada: httpx2.AsyncClient) -> None:
    id_ = await filed(ada)

    waiting = asyncio.create_task(ada.get(f"/v1/requests/{id_}?wait=30"))
    await asyncio.sleep(0.05)
    await idp.awaits(id_)

    assert (await waiting).json()["phase"] == "awaiting-approval"


async def test_waiting_ends_at_once_where_there_is_nothing_to_wait_for(idp: Platform, ada: httpx2.AsyncClient) -> None:
    id_ = await filed(ada)
    began = time.monotonic()
    assert (await ada.get(f"/v1/requests/{id_}?wait=30&phase=dispatched")).json()["phase"] == "accepted"
    await idp.finished(id_)
    assert (await ada.get(f"/v1/requests/{id_}?wait=30&phase=succeeded")).json()["phase"] == "succeeded"
    assert time.monotonic() - began < 25


async def test_waiting_ends_after_its_time_and_when_the_server_stops(idp: Platform, ada: httpx2.AsyncClient) -> None:
    id_ = await filed(ada)
    assert (await ada.get(f"/v1/requests/{id_}?wait=0.05")).json()["phase"] == "accepted"

    waiting = asyncio.create_task(ada.get(f"/v1/requests/{id_}?wait=30"))
    await asyncio.sleep(0.05)
    idp.parts.stopping.set()

    assert (await asyncio.wait_for(waiting, 20)).json()["phase"] == "accepted"


async def test_an_entry_that_changes_no_phase_does_not_end_the_wait(idp: Platform, ada: httpx2.AsyncClient) -> None:
    id_ = await filed(ada)
    await idp.stepped(id_, "look")

    waiting = asyncio.create_task(ada.get(f"/v1/requests/{id_}?wait=30&phase=running"))
    await idp.stepped(id_, "look", "Succeeded")
    await asyncio.sleep(0.05)
    assert not waiting.done()
    await idp.finished(id_)

    assert (await waiting).json()["phase"] == "succeeded"


async def test_the_list_is_narrowed(idp: Platform, ada: httpx2.AsyncClient) -> None:
    first, second = await filed(ada, name="one"), await filed(ada, name="two")
    await idp.finished(first)

    async def ids(query: str) -> list[str]:
        return [item["id"] for item in (await ada.get(f"/v1/requests{query}")).json()["items"]]

    assert await ids("") == [second, first]
    assert await ids("?phase=succeeded") == [first]
    assert await ids("?capability=environments&team=payments") == [second, first]
    assert await ids("?capability=storage") == []
    assert await ids("?awaiting=me") == []
    assert pointers(await ada.get("/v1/requests?phase=nope")) == ["phase"]


async def test_an_approver_finds_sees_and_approves_the_plan(
    idp: Platform, ada: httpx2.AsyncClient, carol: httpx2.AsyncClient
) -> None:
    id_ = await filed(ada, stage="prod")
    await idp.awaits(id_)

    (found,) = (await carol.get("/v1/requests?awaiting=me")).json()["items"]
    assert (await carol.get("/v1/requests?awaiting=me&phase=accepted")).json()["items"] == []
    assert found["plan"] == {"changes": 1, "digest": DIGEST, "summary": {"changes": 1, "resources": []}}
    assert (await carol.get(f"/v1/requests/{id_}/approval")).json()["digest"] == DIGEST
    body = {"verdict": "approve", "digest": DIGEST, "comment": "fine"}
    assert problem(await ada.post(f"/v1/requests/{id_}/approval", json=body))["status"] == 403
    answer = await carol.post(f"/v1/requests/{id_}/approval", json=body)

    assert answer.status_code == 200
    assert answer.json()["phase"] == "running"
    (decision,) = answer.json()["approval"]["decisions"]
    assert (decision["by"], decision["verdict"], decision["comment"]) == ("carol", "approve", "fine")
    assert (await carol.post(f"/v1/requests/{id_}/approval", json=body)).status_code == 409


async def test_the_other_team_knows_nothing_of_a_request(ada: httpx2.AsyncClient, eve: httpx2.AsyncClient) -> None:
    id_ = await filed(ada)

    for path in ("", "/history", "/logs", "/approval"):
        assert (await eve.get(f"/v1/requests/{id_}{path}")).status_code == 404
    assert (await eve.post(f"/v1/requests/{id_}/cancel")).status_code == 404


async def test_cancelling_ends_it_once(ada: httpx2.AsyncClient) -> None:
    id_ = await filed(ada)

    first, second = [await ada.post(f"/v1/requests/{id_}/cancel") for _ in range(2)]

    assert (first.status_code, first.json()["phase"]) == (200, "cancelled")
    assert second.status_code == 409


async def test_history_is_a_list_in_order(idp: Platform, ada: httpx2.AsyncClient) -> None:
    id_ = await filed(ada)
    await idp.finished(id_)

    items = (await ada.get(f"/v1/requests/{id_}/history")).json()["items"]

    assert [(item["sequence"], item["kind"]) for item in items] == [(1, "accepted"), (2, "succeeded")]


async def test_logs_of_all_steps_come_in_order_each_line_with_its_step(idp: Platform, ada: httpx2.AsyncClient) -> None:
    id_ = await filed(ada)
    idp.engine.lines = {"look": ["planning", "done"], "terraform": ["applying é"]}
    for step, phase in (("look", "Running"), ("look", "Succeeded"), ("gate", "Running"), ("terraform", "Pending")):
        await idp.stepped(id_, step, phase)

    assert (await ada.get(f"/v1/requests/{id_}/logs")).text == "look | planning\nlook | done\n"
    await idp.stepped(id_, "terraform")
    assert (await ada.get(f"/v1/requests/{id_}/logs")).text.splitlines()[-1] == "terraform | applying é"
    await idp.finished(id_)
    followed = await ada.get(f"/v1/requests/{id_}/logs?follow=true")
    assert followed.text == "look | planning\nlook | done\nterraform | applying é\n"
    assert followed.headers["content-type"] == "text/plain; charset=utf-8"


async def test_logs_of_one_step_are_its_lines_alone(idp: Platform, ada: httpx2.AsyncClient) -> None:
    id_ = await filed(ada)
    idp.engine.lines = {"look": ["planning", "done"], "terraform": []}
    await idp.stepped(id_, "look")
    await idp.stepped(id_, "terraform")
    await idp.finished(id_)

    assert (await ada.get(f"/v1/requests/{id_}/logs?step=look")).text == "planning\ndone\n"
    assert (await ada.get(f"/v1/requests/{id_}/logs?step=look&follow=true")).text == "planning\ndone\n"
    assert (await ada.get(f"/v1/requests/{id_}/logs?step=terraform")).text == ""
    assert problem(await ada.get(f"/v1/requests/{id_}/logs?step=nope"))["status"] == 404


async def test_a_log_that_cannot_be_read_on_says_so(idp: Platform, ada: httpx2.AsyncClient) -> None:
    id_ = await filed(ada)
    idp.engine.lines = {"look": ["planning"]}
    idp.engine.broken = EngineUnavailableError("gone")
    await idp.stepped(id_, "look")

    text = (await ada.get(f"/v1/requests/{id_}/logs")).text

    assert text == "look | planning\nlook | (the log ends here: gone)\n"


async def test_a_step_is_permitted_by_what_the_engine_says_of_it(idp: Platform, ada: httpx2.AsyncClient) -> None:
    id_ = await filed(ada)
    run = f"environments-{id_}"
    idp.engine.steps[STEP_TOKEN] = StepIdentity(run=run, run_uid="uid", step="terraform")
    idp.engine.steps["look"] = StepIdentity(run=run, run_uid="uid", step="look")
    body = {"digest": DIGEST}

    async def ask(token: str | None) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with idp.client(None) as step:
            return await step.post("/v1/permits", json=body, headers=headers)

    good = await ask(STEP_TOKEN)
    assert (good.status_code, good.json()) == (200, {"permitted": True})
    refused = await ask("look")
    assert problem(refused)["type"].endswith("permit-refused")
    assert problem(await ask(None))["status"] == 401
    assert problem(await ask(idp.token()))["status"] == 401
    kinds = [entry.kind for entry in await idp.ledger.history(id_)]
    assert kinds == ["accepted", "permitted", "refused-permit"]


async def test_a_lock_is_released_by_what_the_engine_says_of_its_holder(idp: Platform, ada: httpx2.AsyncClient) -> None:
    first = await filed(ada)
    await idp.finished(first)
    second = (await ada.delete("/v1/environments/payments/checkout")).json()["id"]
    before, now = f"environments-{first}", f"environments-{second}"
    idp.engine.steps[STEP_TOKEN] = StepIdentity(run=now, run_uid="uid", step="look")
    body = {"lock": "9db590f1-b6fe-c5f2-2678-8804f089deba", "holder": f"idp@{before}-terraform-apply-1"}

    async def ask(phase: Phase) -> httpx2.Response:
        long_ago = datetime(2026, 11, 24, tzinfo=UTC)
        idp.engine.seen[before] = RunSeen(name=before, uid="other", phase=phase, finished_at=long_ago)
        async with idp.client(None) as step:
            return await step.post("/v1/locks", json=body, headers={"Authorization": f"Bearer {STEP_TOKEN}"})

    assert problem(await ask("Running"))["type"].endswith("lock-held")
    good = await ask("Failed")
    assert (good.status_code, good.json()) == (200, {"releasable": True})
    assert [entry.kind for entry in await idp.ledger.history(second)] == ["accepted", "released-lock"]
