"""A server for tests: real app, real SQLite ledger, real tokens. Its engine is the protocol, played from a script."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
from fastapi import FastAPI

from idp.access import issuer
from idp.api.app import create_app
from idp.api.identity import Identity, LocalKeys
from idp.api.listening import Server, bound, url
from idp.api.parts import Parts
from idp.capability import Catalog
from idp.catalog import CATALOG
from idp.engines.protocol import RunSeen, StepIdentity
from idp.errors import NotFoundError
from idp.ledger.records import Change
from idp.ledger.sqlite import SqliteLedger
from idp.lifecycle.placing import Repositories, Unread
from idp.lifecycle.pushes import Heads

DIGEST = "d" * 64
HOOK_KEY = bytes(32)
STEP_TOKEN = "step-token"  # noqa: S105 - not a secret


@dataclass
class ScriptedEngine:
    """An Engine and a StepVerifier whose answers are written down beforehand."""

    lines: dict[str, list[str]] = field(default_factory=dict)
    steps: dict[str, StepIdentity] = field(default_factory=dict)
    seen: dict[str, RunSeen] = field(default_factory=dict)
    broken: Exception | None = None

    async def publish(self, path: str, body: bytes) -> None:
        """Held."""

    async def runs(self) -> AsyncIterator[RunSeen]:
        """None."""
        none: tuple[RunSeen, ...] = ()
        for seen in none:
            yield seen

    async def run(self, name: str) -> RunSeen | None:
        return self.seen.get(name)

    async def resume(self, run: str) -> None:
        """Done."""

    async def stop(self, run: str) -> None:
        """Done."""

    async def logs(self, run: str, step: str, *, follow: bool) -> AsyncIterator[str]:
        if step not in self.lines:
            message = f"The run {run} has no step {step!r} with a log ({follow=})."
            raise NotFoundError(message)
        for line in self.lines[step]:
            yield line
        if self.broken:
            raise self.broken

    async def verify(self, token: str) -> StepIdentity | None:
        return self.steps.get(token)


@dataclass(frozen=True)
class Platform:
    """One server, and how to sign in to it."""

    app: FastAPI
    ledger: SqliteLedger
    engine: ScriptedEngine
    parts: Parts
    folder: Path

    def token(self, user: str = "ada", *, teams: tuple[str, ...] = ("payments",), roles: tuple[str, ...] = ()) -> str:
        return issuer.token(self.folder, user, teams=teams, roles=roles, lifetime=timedelta(hours=1))

    def client(
        self, user: str | None = "ada", *, teams: tuple[str, ...] = ("payments",), roles: tuple[str, ...] = ()
    ) -> httpx2.AsyncClient:
        headers = {"Authorization": f"Bearer {self.token(user, teams=teams, roles=roles)}"} if user else {}
        return httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=self.app), base_url="http://idp.test", headers=headers
        )

    async def finished(self, id_: str, **outputs: str) -> None:
        await self.ledger.change(
            Change(request=id_, history=(("succeeded", {"outputs": outputs}),), phase="succeeded", outputs=outputs)
        )

    async def failed(self, id_: str) -> None:
        await self.ledger.change(
            Change(request=id_, history=(("failed", {"step": "", "message": "no"}),), phase="failed", message="no")
        )

    async def awaits(self, id_: str) -> None:
        await self.ledger.change(
            Change(
                request=id_,
                history=(("planned", {"changes": 1, "digest": DIGEST}), ("awaiting-approval", {})),
                phase="awaiting-approval",
                changes=1,
                digest=DIGEST,
                summary={"changes": 1, "resources": []},
            )
        )

    async def stepped(self, id_: str, step: str, phase: str = "Running") -> None:
        await self.ledger.change(
            Change(request=id_, history=(("step", {"step": step, "phase": phase, "message": ""}),), phase="running")
        )

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        """Real sockets; the address."""
        ready = asyncio.Event()
        with bound("127.0.0.1", 0) as socket:
            server = Server(self.app, stopping=self.parts.stopping, started=ready.set)
            serving = asyncio.create_task(server.serve(sockets=[socket]))
            await ready.wait()
            try:
                yield url("127.0.0.1", socket)
            finally:
                server.stop()
                await serving


@asynccontextmanager
async def platform(
    folder: Path,
    catalog: Catalog = CATALOG,
    keys: Path | None = None,
    heads: Heads | None = None,
    repositories: Repositories | None = None,
) -> AsyncIterator[Platform]:
    """Opened; `keys` is the folder of the issuer's key."""
    keys = keys or folder
    ledger, engine = SqliteLedger(folder / "ledger.db"), ScriptedEngine()
    await ledger.open()
    parts = Parts(
        catalog=catalog,
        ledger=ledger,
        engine=engine,
        verifier=engine,
        ping_seconds=0.05,
        hook_key=HOOK_KEY,
        heads=heads,
        repositories=repositories or Unread(),
        identity=Identity(LocalKeys(issuer.LOCAL_ISSUER, issuer.public_keys(keys)), audience="idp"),
    )
    try:
        yield Platform(app=create_app(parts), ledger=ledger, engine=engine, parts=parts, folder=keys)
    finally:
        await ledger.close()


def environment(name: str = "checkout", **more: Any) -> dict[str, Any]:
    """The smallest request body."""
    return {"team": "payments", "name": name, **more}


def pointers(answer: httpx2.Response) -> list[str]:
    """Fields that a problem names."""
    return [error["pointer"] for error in problem(answer)["errors"]]


def problem(answer: httpx2.Response) -> Mapping[str, Any]:
    """The body of a problem, whose shape is checked."""
    assert answer.headers["content-type"] == "application/problem+json"
    body: Mapping[str, Any] = answer.json()
    assert set(body) == {"type", "title", "status", "detail", "instance", "errors"}
    assert body["type"].startswith("urn:idp:problem:")
    assert body["status"] == answer.status_code
    assert body["instance"] == f"urn:idp:call:{answer.headers['x-request-id']}"
    assert body["detail"]
    assert body["title"]
    return body


def now() -> int:
    """Seconds since 1970."""
    return int(time.time())
