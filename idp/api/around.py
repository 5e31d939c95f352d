"""What is around every call, as pure ASGI (Starlette's BaseHTTPMiddleware costs four times as much): id, log, headers, size, bugs."""

import asyncio
import re
import time
from contextlib import suppress
from typing import Final

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from idp.api.measuring import Measures
from idp.api.problems import problem, unexpected
from idp.lifecycle.ids import next_id

_log = structlog.get_logger("idp.api.access")

LARGEST_BODY: Final = 64 * 1024
"""Bytes. A request has at most 32 KiB on its way to a step."""
LARGEST_HOOK: Final = 1024 * 1024
"""Bytes. A push names its commits and their files; one that says more is found by its branch's head."""
_HOOKS: Final = "/v1/hooks/"
_RUN_DRY: Final = 32 * 1024 * 1024
"""Bytes of a body that is too long which are still read, and thrown away, and for how long."""
_RUN_DRY_SECONDS: Final = 5
_CALL_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_KNOWN_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

SECURITY_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
"""Set where the answer has none of its own. No HSTS: TLS, and the promise to keep it, is the ingress'."""


class CallMiddleware:
    """Gives each call an id, logs and counts it, adds headers, and answers what breaks with a problem."""

    def __init__(self, app: ASGIApp, *, measures: Measures) -> None:
        self._app = app
        self._measures = measures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One call."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        call, began, status = _call_id(scope), time.perf_counter(), 0
        scope.setdefault("state", {})["call"] = call
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(call=call)

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_headers(MutableHeaders(scope=message), call)
                self._measures.answered(_method(scope), _route(scope), status, time.perf_counter() - began)
            await send(message)

        try:
            await self._app(scope, receive, answer)
        except Exception:
            _log.exception("call_broke", method=scope["method"], path=scope["path"])
            if status:
                raise
            await unexpected(call)(scope, receive, answer)
        finally:
            seconds = round(time.perf_counter() - began, 6)
            _log.info("call", method=scope["method"], path=scope["path"], status=status, seconds=seconds)


class BodyLimitMiddleware:
    """Refuses bodies that are too long before they are read whole, also those that do not say their length."""

    def __init__(self, app: ASGIApp, *, most: int = LARGEST_BODY, most_hook: int = LARGEST_HOOK) -> None:
        self._app = app
        self._most = most
        self._most_hook = most_hook

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One call."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = self._most_hook if scope["path"].startswith(_HOOKS) else self._most
        said = Headers(scope=scope).get("content-length", "0")
        if not said.isdecimal() or int(said[:20]) > most:
            await self._refuse(most, scope, receive, send)
            return
        received = 0
        body: list[bytes] = []
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return  # the client has gone before it said all
            body.append(message.get("body", b""))
            received += len(body[-1])
            if received > most:
                await self._refuse(most, scope, receive, send)
                return
            if not message.get("more_body", False):
                break
        await self._app(scope, _replay(b"".join(body), receive), send)

    @staticmethod
    async def _refuse(most: int, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer at once, then let what is on its way run dry: a connection closed before would lose the answer too."""
        detail = f"The body is longer than {most} bytes; nothing is stored. Send less."
        answer = problem(413, "too-long", "Too long", detail, call=scope["state"]["call"])
        headers = [*answer.raw_headers, (b"connection", b"close")]
        await send({"type": "http.response.start", "status": answer.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body, "more_body": True})
        with suppress(TimeoutError):
            async with asyncio.timeout(_RUN_DRY_SECONDS):
                await _run_dry(receive)
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _run_dry(receive: Receive) -> None:
    left = _RUN_DRY
    while left > 0:
        message = await receive()
        if not message.get("more_body", False):
            return
        left -= len(message["body"])


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _call_id(scope: Scope) -> str:
    """The caller's X-Request-Id where it is one, so that logs on both sides meet."""
    given = Headers(scope=scope).get("x-request-id", "")
    return given if _CALL_ID.fullmatch(given) else next_id()


def _add_headers(headers: MutableHeaders, call: str) -> None:
    headers["X-Request-Id"] = call
    for name, value in SECURITY_HEADERS.items():
        headers.setdefault(name, value)


def _method(scope: Scope) -> str:
    """Made-up methods must not make up time series."""
    return scope["method"] if scope["method"] in _KNOWN_METHODS else "other"


def _route(scope: Scope) -> str:
    """The route's pattern, never the path: there are as many paths as resources."""
    return getattr(scope.get("route"), "path", "none")
