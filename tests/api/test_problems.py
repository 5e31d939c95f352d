from collections.abc import AsyncIterator

import httpx2
import pytest

from idp.api.problems import pointer
from idp.errors import DefinitionError
from idp.ledger.records import Page
from tests.api.platform import Platform, environment, pointers, problem

pytestmark = pytest.mark.anyio

JSON = {"Content-Type": "application/json"}
BODY = b'{"team":"payments","name":"checkout"}'

# method, path, body, headers -> status, type
TABLE: dict[str, tuple[str, str, bytes, dict[str, str], int, str]] = {
    "no such path": ("GET", "/v1/nothing/here/at/all", b"", {}, 404, "not-found"),
    "a slash too many": ("GET", "/v1/environments/", b"", {}, 404, "not-found"),
    "no such method": ("PATCH", "/v1/environments", b"", {}, 405, "method-not-allowed"),
    "a made-up method": ("BREW", "/v1/environments", b"", {}, 405, "method-not-allowed"),
    "no such request": ("GET", "/v1/requests/nope", b"", {}, 404, "not-found"),
    "no such resource": ("GET", "/v1/environments/payments/none", b"", {}, 404, "not-found"),
    "a name that can be none": ("GET", "/v1/environments/payments/N%00", b"", {}, 422, "invalid"),
    "no JSON": ("POST", "/v1/environments", b"{", JSON, 400, "malformed"),
    "nothing": ("POST", "/v1/environments", b"", JSON, 400, "malformed"),
    "no UTF-8": ("POST", "/v1/environments", b'{"team":"\xff"}', JSON, 400, "malformed"),
    "half a character": ("POST", "/v1/environments", b'{"team":"\\ud800"}', JSON, 400, "malformed"),
    "not a number": ("POST", "/v1/environments", b'{"cpu":NaN}', JSON, 422, "invalid"),
    "too deep": ("POST", "/v1/environments", b"[" * 60_000, JSON, 400, "malformed"),
    "a list": ("POST", "/v1/environments", b"[]", JSON, 422, "invalid"),
    "no media type": ("POST", "/v1/environments", BODY, {}, 415, "media-type"),
    "a form": ("POST", "/v1/environments", BODY, {"Content-Type": "text/plain"}, 415, "media-type"),
    "a body where none is taken": ("GET", "/v1/me", b"{}", JSON, 400, "malformed"),
    "a body with DELETE": ("DELETE", "/v1/environments/payments/checkout", b"{}", JSON, 400, "malformed"),
    "an unknown parameter": ("POST", "/v1/environments?explian=true", BODY, JSON, 422, "invalid"),
    "a parameter twice": ("GET", "/v1/requests?limit=1&limit=2", b"", {}, 422, "invalid"),
    "a parameter where none is taken": ("GET", "/v1/me?x=1", b"", {}, 422, "invalid"),
    "a wrong parameter": ("GET", "/v1/requests?limit=0", b"", {}, 422, "invalid"),
    "too long": ("POST", "/v1/environments", b" " * 65_537, JSON, 413, "too-long"),
    "a length that is none": ("POST", "/v1/environments", BODY, JSON | {"Content-Length": "x"}, 413, "too-long"),
}


@pytest.mark.parametrize("case", TABLE)
async def test_every_refusal_is_a_problem_and_stores_nothing(idp: Platform, ada: httpx2.AsyncClient, case: str) -> None:
    method, path, body, headers, status, kind = TABLE[case]

    answer = await ada.request(method, path, content=body, headers=headers)

    assert answer.status_code == status
    assert problem(answer)["type"] == f"urn:idp:problem:{kind}"
    assert await idp.ledger.requests(Page()) == []


async def test_405_tells_what_is_possible(ada: httpx2.AsyncClient) -> None:
    one = await ada.patch("/v1/environments/payments/checkout")
    many = await ada.patch("/v1/environments")
    page = await ada.post("/docs")

    assert one.headers["allow"] == "DELETE, GET, PUT"
    assert many.headers["allow"] == "GET, POST"
    assert page.headers["allow"] == "GET"


async def test_fields_are_named_by_json_pointers(ada: httpx2.AsyncClient) -> None:
    answer = await ada.post(
        "/v1/storage",
        json={"team": "Payments", "name": "x", "containers": ["ok-1", "{{x}}"], "retention_days": "7", "a/b~c": 1},
    )

    assert sorted(pointers(answer)) == ["/a~1b~0c", "/containers/1", "/retention_days", "/team"]
    assert "Nothing is stored" in problem(answer)["detail"]


async def test_a_key_that_is_itself_wrong_is_named(ada: httpx2.AsyncClient) -> None:
    answer = await ada.post("/v1/configurations", json=environment(settings={"${x}": "a"}))

    assert pointers(answer) == ["/settings/${x}"]


async def test_a_field_that_is_there_twice_is_refused(idp: Platform, ada: httpx2.AsyncClient) -> None:
    body = b'{"team":"payments","name":"x","name":"checkout","settings":{"A":"1","B":"2","A":"3"}}'

    answer = await ada.post("/v1/configurations", content=body, headers=JSON)

    assert pointers(answer) == ["/name", "/settings/A"]
    assert await idp.ledger.requests(Page()) == []


async def test_a_bug_is_answered_without_a_word_about_it(idp: Platform) -> None:
    idp.engine.verify = _broken  # type: ignore[method-assign,assignment]  # broken on purpose
    async with idp.client() as client:
        answer = await client.post("/v1/permits", json={"digest": "d" * 64})

    assert answer.status_code == 500
    assert problem(answer)["type"] == "urn:idp:problem:internal"
    assert "secret" not in answer.text


async def _broken(_: str) -> None:
    message = "secret"
    raise ZeroDivisionError(message)


async def test_an_error_of_ours_that_is_nobodys_to_mend_is_not_shown_either(idp: Platform) -> None:
    async def broken(_: str) -> None:
        message = "secret"
        raise DefinitionError(message)

    idp.engine.verify = broken  # type: ignore[method-assign,assignment]  # broken on purpose
    async with idp.client() as client:
        answer = await client.post("/v1/permits", json={"digest": "d" * 64})

    assert (answer.status_code, "secret" in answer.text) == (500, False)
    assert problem(answer)["type"] == "urn:idp:problem:internal"


async def test_a_ledger_that_cannot_be_written_is_503(idp: Platform, ada: httpx2.AsyncClient) -> None:
    await idp.ledger.close()

    for answer in (await ada.post("/v1/environments", json=environment()), await ada.get("/readyz")):
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "2"
        assert problem(answer)["type"] == "urn:idp:problem:ledger-unavailable"


async def test_a_body_without_a_length_is_counted(ada: httpx2.AsyncClient) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(1000):
            sent += 10_000
            yield b" " * 10_000

    answer = await ada.post("/v1/environments", content=endless(), headers=JSON)

    assert answer.status_code == 413
    assert sent == 10_000_000


async def test_ten_megabytes_are_refused_unread_on_a_real_socket(idp: Platform) -> None:
    async with idp.listening() as address, httpx2.AsyncClient(base_url=address, timeout=60) as client:
        answer = await client.post("/v1/environments", content=b" " * 10_000_000, headers=JSON)

    assert answer.status_code == 413
    assert problem(answer)["type"] == "urn:idp:problem:too-long"


def test_pointers_escape_what_means_something_in_them() -> None:
    assert pointer(("a/b", 0, "m~n", "[key]")) == "/a~1b/0/m~0n"
    assert pointer(()) == ""
