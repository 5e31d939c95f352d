import asyncio
import io
import json

import httpx2
import pytest
import structlog
from starlette.types import Message

from idp.api import logs
from idp.lifecycle.ids import written
from tests.api.platform import Platform, environment

pytestmark = pytest.mark.anyio


async def test_every_answer_has_the_security_headers_and_an_id(ada: httpx2.AsyncClient) -> None:
    for path in ("/livez", "/v1/me", "/nothing", "/v1/environments?limit=0"):
        headers = (await ada.get(path)).headers

        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert headers["cache-control"] == "no-store"
        assert written(headers["x-request-id"])


@pytest.mark.parametrize(("given", "kept"), [("abc-1.2_3", True), ("a b", False), ("a" * 65, False), ("{{x}}", False)])
async def test_the_callers_id_is_kept_where_it_is_one(ada: httpx2.AsyncClient, given: str, *, kept: bool) -> None:
    answer = await ada.get("/v1/me", headers={"X-Request-Id": given})

    assert (answer.headers["x-request-id"] == given) == kept


async def test_each_call_is_one_line_of_json_without_its_token(
    idp: Platform, ada: httpx2.AsyncClient, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    logs.configure("info")
    answer = await ada.post("/v1/environments", json=environment())

    lines = [json.loads(line) for line in capfdbinary.readouterr().err.splitlines()]
    assert [line["event"] for line in lines] == ["request_accepted", "call"]
    call = lines[1]
    assert (call["method"], call["path"], call["status"]) == ("POST", "/v1/environments", 202)
    assert (call["caller"], call["call"], call["level"]) == ("ada", answer.headers["x-request-id"], "info")
    assert idp.token().split(".")[2] not in json.dumps(lines)
    assert ada.headers["authorization"].split(".")[2] not in json.dumps(lines)


async def test_a_traceback_is_logged_without_the_values_of_variables(idp: Platform) -> None:
    written_to = io.BytesIO()
    logs.configure("error")
    structlog.configure(logger_factory=structlog.BytesLoggerFactory(written_to))
    token = "canary-in-a-variable"  # noqa: S105 - to be looked for

    async def broken(_: str) -> None:
        raise ZeroDivisionError

    idp.engine.verify = broken  # type: ignore[method-assign,assignment]  # broken on purpose
    async with idp.client(None) as client:
        await client.post("/v1/permits", json={"digest": "d" * 64}, headers={"Authorization": f"Bearer {token}"})

    text = written_to.getvalue().decode()
    assert '"event":"call_broke"' in text
    assert "ZeroDivisionError" in text
    assert token not in text


async def test_calls_and_the_outbox_are_measured(idp: Platform, ada: httpx2.AsyncClient) -> None:
    await ada.post("/v1/environments", json=environment())
    await ada.get("/v1/environments/payments/checkout")
    await ada.request("BREW", "/v1/environments")
    idp.parts.counters.lost = 3

    text = (await ada.get("/metrics")).text

    assert 'idp_calls_total{method="POST",route="/v1/environments",status="202"} 1.0' in text
    assert 'idp_calls_total{method="GET",route="/v1/environments/{team}/{name}",status="200"} 1.0' in text
    assert 'idp_calls_total{method="other",route="/v1/environments",status="405"} 1.0' in text
    assert "idp_outbox_rows 1.0" in text
    assert 'idp_delivery{what="lost"} 3.0' in text
    assert 'idp_call_seconds_bucket{le="10.0",method="POST",route="/v1/environments"} 1.0' in text


async def test_the_outbox_is_empty_at_first(ada: httpx2.AsyncClient) -> None:
    text = (await ada.get("/metrics")).text

    assert "idp_outbox_rows 0.0" in text
    assert "idp_outbox_oldest_seconds 0.0" in text


async def test_a_live_server_that_can_work_says_so(ada: httpx2.AsyncClient) -> None:
    assert (await ada.get("/livez")).json() == {"status": "live"}
    assert (await ada.get("/readyz")).json() == {"status": "ready"}


async def test_the_trace_of_the_caller_goes_with_the_request(idp: Platform, ada: httpx2.AsyncClient) -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    good = await ada.post("/v1/environments", json=environment("one"), headers={"traceparent": trace})
    wrong = await ada.post("/v1/environments", json=environment("two"), headers={"traceparent": "{{x}}"})

    for answer, expected in ((good, trace), (wrong, "")):
        request = await idp.ledger.request(answer.json()["id"])
        assert request
        assert request.traceparent == expected


async def told(idp: Platform, *messages: Message, **scope: object) -> list[Message]:
    """What the application answers to these messages, straight over ASGI; after the last one the client is silent."""
    waiting, sent = list(messages), []

    async def receive() -> Message:
        if not waiting:
            await asyncio.sleep(3600)
        return waiting.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"content-type", b"application/json")]
    whole: dict[str, object] = {
        "type": "http",
        "method": "POST",
        "path": "/v1/environments",
        "query_string": b"",
        "headers": headers,
    }
    await idp.app(whole | scope, receive, send)
    return sent


async def test_a_client_that_leaves_before_it_said_all_is_not_answered(idp: Platform) -> None:
    half = {"type": "http.request", "body": b'{"team":', "more_body": True}

    assert await told(idp, half, {"type": "http.disconnect"}) == []


async def test_a_body_that_never_ends_is_not_read_for_ever(idp: Platform) -> None:
    part = {"type": "http.request", "body": b" " * 1024 * 1024, "more_body": True}
    parts = [dict(part) for _ in range(40)]

    start, *_ = await asyncio.wait_for(told(idp, *parts), 20)

    assert start["status"] == 413


async def test_a_server_may_speak_of_its_lifespan(idp: Platform) -> None:
    sent = await told(idp, {"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}, type="lifespan")

    assert [message["type"] for message in sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


async def test_what_breaks_after_the_answer_began_breaks_off(idp: Platform, ada: httpx2.AsyncClient) -> None:
    id_ = (await ada.post("/v1/environments", json=environment())).json()["id"]
    idp.engine.lines = {"look": ["planning"]}
    idp.engine.broken = ZeroDivisionError("secret")

    with pytest.raises(ZeroDivisionError):
        await ada.get(f"/v1/requests/{id_}/logs?step=look")
