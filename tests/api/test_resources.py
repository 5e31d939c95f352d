import asyncio

import httpx2
import pytest

from idp.lifecycle.ids import written
from tests.api.platform import Platform, environment, pointers, problem

pytestmark = pytest.mark.anyio

HERE = "/v1/environments/payments/checkout"


async def test_asking_answers_202_with_what_is_on_the_disk(idp: Platform, ada: httpx2.AsyncClient) -> None:
    answer = await ada.post("/v1/environments", json=environment())

    request = answer.json()
    assert answer.status_code == 202
    assert answer.headers["location"] == f"/v1/requests/{request['id']}"
    assert answer.headers["retry-after"] == "1"
    assert written(request["id"])
    assert request["phase"] == "accepted"
    assert request["spec"] == {**environment(), "stage": "dev", "cpu": 4, "memory_gib": 8}
    assert request["approval"] == {"required": False, "role": None, "digest": None, "not_by": [], "decisions": []}
    assert (request["plan"], request["outputs"], request["finished_at"]) == (None, None, None)
    assert {name: (await ada.get(link)).status_code for name, link in request["links"].items()} == dict.fromkeys(
        ("self", "history", "logs", "approval", "resource"), 200
    )
    assert await idp.ledger.request(request["id"])


async def test_a_resource_is_shown_with_its_generation_as_etag(idp: Platform, ada: httpx2.AsyncClient) -> None:
    request = (await ada.post("/v1/environments", json=environment())).json()

    answer = await ada.get(HERE)

    assert answer.headers["etag"] == '"1"'
    assert answer.json()["status"] == "provisioning"
    assert answer.json()["links"] == {"self": HERE, "request": f"/v1/requests/{request['id']}"}

    await idp.finished(request["id"], host="checkout.example")
    assert (await ada.get(HERE)).json()["outputs"] == {"host": "checkout.example"}
    assert (await ada.get(HERE)).json()["links"] == {"self": HERE}


async def test_explain_answers_what_would_happen_and_stores_nothing(ada: httpx2.AsyncClient) -> None:
    answer = await ada.post("/v1/environments?explain=true", json=environment(stage="prod"))

    assert answer.status_code == 200
    assert answer.json()["verdict"] == "allow"
    assert answer.json()["approval"] == {"required": True, "role": "approver"}
    assert answer.json()["approvers"] == "anyone with the role approver but ada"
    assert answer.json()["quota"] == {"per_team": 10, "used": 0}
    assert (await ada.get("/v1/requests")).json() == {"items": []}


async def test_explain_of_what_is_not_allowed_says_why(eve: httpx2.AsyncClient) -> None:
    answer = await eve.post("/v1/environments?explain=true", json=environment())

    assert (answer.status_code, answer.json()["verdict"], answer.json()["rule"]) == (200, "deny", "members-only")


async def test_a_change_needs_the_generation_that_was_read_if_one_is_named(
    idp: Platform, ada: httpx2.AsyncClient
) -> None:
    first = (await ada.post("/v1/environments", json=environment())).json()
    await idp.finished(first["id"])
    body = environment(cpu=8)

    stale = await ada.put(HERE, json=body, headers={"If-Match": '"7"'})
    weak = await ada.put(HERE, json=body, headers={"If-Match": 'W/"1"'})
    wrong = await ada.put(HERE, json=body, headers={"If-Match": "1"})
    good = await ada.put(HERE, json=body, headers={"If-Match": '"7", "1"'})

    assert [answer.status_code for answer in (stale, weak, wrong, good)] == [412, 412, 422, 202]
    assert problem(stale)["type"].endswith("precondition-failed")
    assert pointers(wrong) == ["if-match"]
    await idp.finished(good.json()["id"])
    assert (await ada.get(HERE)).headers["etag"] == '"2"'
    assert (await ada.delete(HERE, headers={"If-Match": '"1"'})).status_code == 412
    assert (await ada.delete(HERE, headers={"If-Match": "*"})).status_code == 202


async def test_team_name_and_stage_never_change(idp: Platform, ada: httpx2.AsyncClient) -> None:
    first = (await ada.post("/v1/environments", json=environment(stage="staging"))).json()
    await idp.finished(first["id"])

    answer = await ada.put(HERE, json={"team": "shop", "name": "other"})

    assert answer.status_code == 422
    assert pointers(answer) == ["/team", "/name", "/stage"]


async def test_removed_is_gone(idp: Platform, ada: httpx2.AsyncClient) -> None:
    await idp.finished((await ada.post("/v1/environments", json=environment())).json()["id"])
    removal = await ada.delete(HERE)
    assert (removal.status_code, removal.json()["verb"]) == (202, "deprovision")
    await idp.finished(removal.json()["id"])

    assert (await ada.get(HERE)).status_code == 404
    assert (await ada.get("/v1/environments")).json() == {"items": []}
    assert (await ada.delete(HERE)).status_code == 404


async def test_inspect_files_a_request_that_changes_nothing(idp: Platform, ada: httpx2.AsyncClient) -> None:
    await idp.finished((await ada.post("/v1/environments", json=environment())).json()["id"])

    answer = await ada.post(f"{HERE}/inspect")

    assert (answer.status_code, answer.json()["verb"]) == (202, "inspect")
    assert (await ada.get(HERE)).json()["status"] == "ready"


async def test_extend_moves_its_end(idp: Platform, ada: httpx2.AsyncClient) -> None:
    await idp.finished((await ada.post("/v1/environments", json=environment())).json()["id"])
    before = (await ada.get(HERE)).json()["expires_at"]

    answer = await ada.post(f"{HERE}/extend", json={"lifetime_days": 30})

    assert answer.status_code == 200
    assert answer.json()["expires_at"] > before
    assert pointers(await ada.post(f"{HERE}/extend", json={"lifetime_days": 3000})) == ["/lifetime_days"]
    assert pointers(await ada.post(f"{HERE}/extend", json={"lifetime_days": "30"})) == ["/lifetime_days"]


async def test_an_action_is_filed_and_listed_as_a_request(idp: Platform, ada: httpx2.AsyncClient) -> None:
    await idp.finished((await ada.post("/v1/environments", json=environment())).json()["id"])
    body = environment(settings={"LOG_LEVEL": "debug"})

    answer = await ada.post("/v1/configurations", json=body)

    assert answer.status_code == 202
    assert answer.json()["verb"] == "perform"
    assert answer.json()["links"]["resource"] == HERE
    assert [item["id"] for item in (await ada.get("/v1/configurations")).json()["items"]] == [answer.json()["id"]]
    assert (await ada.get("/v1/configurations?team=shop")).status_code == 403


async def test_of_two_that_ask_for_one_name_at_once_one_gets_it(ada: httpx2.AsyncClient) -> None:
    answers = await asyncio.gather(*(ada.post("/v1/environments", json=environment()) for _ in range(8)))

    assert sorted(answer.status_code for answer in answers) == [202] + [409] * 7
    assert len((await ada.get("/v1/requests")).json()["items"]) == 1


async def test_the_same_call_with_the_same_key_is_filed_once(ada: httpx2.AsyncClient) -> None:
    key = {"Idempotency-Key": "k1"}
    answers = await asyncio.gather(*(ada.post("/v1/environments", json=environment(), headers=key) for _ in range(20)))

    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sorted(answer.headers.get("idempotency-replayed", "") for answer in answers) == [""] + ["true"] * 19


async def test_a_key_for_another_body_is_refused(ada: httpx2.AsyncClient) -> None:
    key = {"Idempotency-Key": "k1"}
    await ada.post("/v1/environments", json=environment(), headers=key)

    same = await ada.post(
        "/v1/environments",
        content=b'{ "name": "checkout",  "team": "payments" }',
        headers=key | {"Content-Type": "application/json"},
    )
    other = await ada.post("/v1/environments", json=environment(cpu=5), headers=key)

    assert same.headers["idempotency-replayed"] == "true"
    assert (other.status_code, problem(other)["type"]) == (422, "urn:idp:problem:idempotency-key-reused")


@pytest.mark.parametrize("key", ["a" * 129, "with blank", ""])
async def test_a_key_that_is_none_is_refused(ada: httpx2.AsyncClient, key: str) -> None:
    answer = await ada.post("/v1/environments", json=environment(), headers={"Idempotency-Key": key})

    assert answer.status_code == 422
    assert pointers(answer) == ["idempotency-key"]


async def test_lists_come_in_pages_that_lead_to_each_other(ada: httpx2.AsyncClient) -> None:
    for number in range(5):
        await ada.post("/v1/environments", json=environment(f"env{number}"))

    for path in (
        "/v1/environments?limit=2",
        "/v1/requests?limit=2",
        "/v1/requests?limit=2&team=payments&phase=accepted",
    ):
        found, following = [], path
        while following:
            answer = await ada.get(following)
            found.append([item["name"] for item in answer.json()["items"]])
            following = answer.links["next"]["url"] if "next" in answer.links else ""
        assert [len(page) for page in found] == [2, 2, 1]
        assert sorted(name for page in found for name in page) == [f"env{number}" for number in range(5)]


@pytest.mark.parametrize("cursor", ["!", "é", "AA", "a", "%00", "4pyT"])
async def test_a_cursor_that_is_none_of_ours_is_refused(ada: httpx2.AsyncClient, cursor: str) -> None:
    answer = await ada.get("/v1/requests", params={"cursor": cursor})

    assert answer.status_code == 422
    assert pointers(answer) == ["cursor"]


async def test_members_see_their_teams_and_operators_all(idp: Platform, ada: httpx2.AsyncClient) -> None:
    await ada.post("/v1/environments", json=environment())
    async with idp.client("eve", teams=("shop",)) as eve, idp.client("oda", teams=(), roles=("operator",)) as oda:
        assert (await eve.get("/v1/environments")).json() == {"items": []}
        assert (await eve.get("/v1/environments?team=payments")).status_code == 403
        assert (await eve.get(HERE)).status_code == 404
        assert len((await oda.get("/v1/environments")).json()["items"]) == 1
        assert len((await oda.get("/v1/requests?team=payments")).json()["items"]) == 1
        assert (await oda.get(HERE)).status_code == 200
