"""A stand-in for the services of a cluster: a small HTTP server that gives the answers a test writes down.

They are those that the real ones gave (Kubernetes 1.35.4, Argo Workflows 3.7.18, Argo Events 1.9.11): see `recorded/`. The
real ones are in tests/cluster/engine.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from idp.engines.argo import ArgoEngine, Places
from idp.engines.argo.service import Address

RECORDED = Path(__file__).with_name("recorded")
NAMESPACE = "argo-test-runs"
WORKFLOWS = f"/apis/argoproj.io/v1alpha1/namespaces/{NAMESPACE}/workflows"
PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"
ARGO = f"/api/v1/workflows/{NAMESPACE}"
REVIEWS = "/apis/authentication.k8s.io/v1/tokenreviews"


@dataclass(frozen=True)
class Said:
    """One answer. Of a stream, each of `chunks` is sent by itself; `cut` ends it as a lost connection does."""

    status: int = 200
    body: Any = b""
    chunks: tuple[bytes, ...] = ()
    cut: bool = False
    stays: bool = False
    """The stream is not ended."""
    location: str = ""


@dataclass(frozen=True)
class Call:
    """What was asked."""

    method: str
    path: str
    query: Mapping[str, str]
    token: str
    body: bytes


@dataclass
class StandIn:
    """`answers` by method and path: one after the other, the last one from then on."""

    url: str = ""
    answers: dict[tuple[str, str], list[Said]] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    token: str = "one"  # noqa: S105 - what the engine is given

    def on(self, method: str, path: str, *answers: Said) -> None:
        self.answers[method, path] = list(answers)

    def asked(self, method: str, path: str) -> list[Call]:
        return [call for call in self.calls if (call.method, call.path) == (method, path)]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        call = Call(request.method, request.path, dict(request.query), token, await request.read())
        self.calls.append(call)
        waiting = self.answers.get((call.method, call.path))
        if not waiting:
            return web.json_response({"kind": "Status", "code": 404, "message": "not found"}, status=404)
        said = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        if said.chunks or said.cut or said.stays:
            return await self._stream(request, said)
        body = said.body if isinstance(said.body, bytes) else json.dumps(said.body).encode()
        headers = {"Location": said.location} if said.location else {}
        return web.Response(status=said.status, body=body, headers=headers)

    async def _stream(self, request: web.Request, said: Said) -> web.StreamResponse:
        response = web.StreamResponse(status=said.status)
        response.enable_chunked_encoding()
        await response.prepare(request)
        for chunk in said.chunks:
            await response.write(chunk)
            await asyncio.sleep(0)
        if said.stays:
            await asyncio.sleep(3600)
        if said.cut and request.transport:
            request.transport.abort()
        return response


@asynccontextmanager
async def standing_in() -> AsyncIterator[tuple[StandIn, ArgoEngine]]:
    """The stand-in for all three services, and the engine on it."""
    stand_in = StandIn()
    runner = web.AppRunner(_application(stand_in), handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    stand_in.url = f"http://{host}:{port}"
    address = Address(name="The stand-in", url=stand_in.url, token=lambda: stand_in.token)
    engine = ArgoEngine(Places(event_source=address, kubernetes=address, argo_server=address, namespace=NAMESPACE))
    try:
        yield stand_in, engine
    finally:
        await engine.close()
        await runner.cleanup()


def _application(stand_in: StandIn) -> web.Application:
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", stand_in.answer)
    return application


def recorded(name: str) -> Any:
    """One object."""
    return json.loads((RECORDED / f"{name}.json").read_text())


def recorded_lines(name: str) -> list[bytes]:
    """A stream, line by line with their ends."""
    return (RECORDED / f"{name}.jsonl").read_bytes().splitlines(keepends=True)
