"""A platform with applications, and a git server that pushes and signs as GitHub does."""

import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from idp.errors import UnavailableError
from idp.ledger.records import Page, RequestRecord
from tests.api.platform import Platform, environment, platform

URL = "https://git.packetdance.com/payments"
A, B, C, Z = "a" * 40, "b" * 40, "c" * 40, "0" * 40


@dataclass
class Server:
    """What a git server says its branches' heads are; away while there is an error."""

    branches: dict[tuple[str, str], str] = field(default_factory=dict)
    away: bool = False
    authors: dict[str, str] = field(default_factory=dict)
    """Of commits; of one that is not here nothing is known."""
    read: list[tuple[str, str | None]] = field(default_factory=list)
    """Commits whose authors were asked for, and since which."""
    rewritten: set[str] = field(default_factory=set)
    """Commits that take others back."""

    async def heads(self, repository: str) -> dict[str, str]:
        if self.away:
            message = f"{repository} does not answer."
            raise UnavailableError(message)
        return {branch: commit for (where, branch), commit in self.branches.items() if where == repository}

    async def commit(self, repository: str, ref: str) -> str:
        return (await self.heads(repository))[ref]

    async def people(self, repository: str, commit: str, since: str | None) -> set[str]:
        self.read.append((commit, since))
        if self.away or commit not in self.authors:
            message = f"{repository} does not tell who wrote {commit}."
            raise UnavailableError(message)
        return {self.authors[commit]}

    async def ahead(self, repository: str, commit: str, since: str) -> bool:
        if self.away:
            message = f"{repository} does not tell what came before {commit}, nor {since}."
            raise UnavailableError(message)
        return commit not in self.rewritten


@dataclass
class Place:
    """A platform with applications, and a git server that pushes."""

    platform: Platform
    server: Server
    client: httpx2.AsyncClient
    secrets: dict[str, str]
    sent: int = 0

    async def push(
        self,
        commit: str = A,
        *,
        name: str = "shop",
        branch: str = "main",
        secret: str | None = None,
        head: str | None = None,
        before: str = Z,
        delivery: str | None = None,
        files: tuple[str, ...] = ("main.py",),
        people: tuple[str, ...] = ("ada",),
    ) -> httpx2.Response:
        self.server.branches[f"{URL}/{name}.git", branch] = head or commit
        body = {
            "ref": f"refs/heads/{branch}",
            "before": before,
            "after": commit,
            "repository": {"clone_url": f"{URL}/{name}.git", "pushed_at": self.sent},
            "pusher": {"name": people[0], "email": None},
            "commits": [{"author": {"email": each}, "modified": files} for each in people[1:]] or [{"modified": files}],
        }
        self.sent += 1
        text = json.dumps(body).encode()
        return await self.send(
            text, self.secrets.get(name, "") if secret is None else secret, delivery or str(self.sent)
        )

    async def send(self, text: bytes, secret: str | None, delivery: str, event: str = "push") -> httpx2.Response:
        headers = {"X-GitHub-Event": event, "X-GitHub-Delivery": delivery, "Content-Type": "application/json"}
        if secret is not None:
            headers["X-Hub-Signature-256"] = "sha256=" + hmac.digest(secret.encode(), text, "sha256").hex()
        return await self.client.post("/v1/hooks/github", content=text, headers=headers)

    async def deployments(self) -> list[RequestRecord]:
        """The oldest first."""
        return (await self.platform.ledger.requests(Page(limit=1000), capability="deployments"))[::-1]

    async def has(self, capability: str, body: dict[str, Any], team: str = "payments") -> None:
        async with self.platform.client(teams=(team,)) as client:
            answer = await client.post(f"/v1/{capability}", json={**body, "team": team})
            assert answer.status_code == 202, answer.text
            await self.platform.finished(answer.json()["id"])


def application(name: str = "shop", **more: Any) -> dict[str, Any]:
    plain = {
        "name": name,
        "repository": f"{URL}/{name}.git",
        "placements": [{"environment": "checkout", "branch": "main"}],
    }
    return plain | more


@asynccontextmanager
async def opened(
    folder: Path, *applications: dict[str, Any], stages: tuple[str, ...] = ("dev",)
) -> AsyncIterator[Place]:
    """Environments `checkout` (dev), and `staging`, `prod` where they are wanted; each application with its secret."""
    server = Server()
    async with platform(folder, heads=server, repositories=server) as served, served.client(None) as client:
        place = Place(served, server, client, {})
        for stage in stages:
            await place.has("environments", environment("checkout" if stage == "dev" else stage, stage=stage))
        for each in applications:
            await place.has("applications", each)
            async with served.client() as ada:
                shown = await ada.post(f"/v1/hooks/applications/payments/{each['name']}/secret")
                if shown.status_code == 201:
                    place.secrets[each["name"]] = shown.json()["secret"]
        yield place
