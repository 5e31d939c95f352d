"""A forge around a git server: it signs and sends hooks as Gitea does, and takes statuses of commits."""

import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from uuid import uuid4

import httpx2
from typing_extensions import override

from tests.applications.gits import Repository
from tests.applications.ground import PLAIN, Platform

TOKEN = "a-token-of-this-test"  # noqa: S105 - of this test


@dataclass
class Forge:
    """`statuses` are (commit, body); `away` answers 503."""

    url: str = ""
    statuses: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    away: bool = False

    def states(self, commit: str) -> list[str]:
        """Of a commit, in their order."""
        return [body["state"] for each, body in self.statuses if each == commit]


class _Handler(BaseHTTPRequestHandler):
    server: "_Server"

    def do_POST(self) -> None:
        """A status."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        knows = self.headers.get("Authorization") == f"token {TOKEN}"
        if knows and not self.server.forge.away:
            self.server.forge.statuses.append((self.path.rpartition("/")[2], body))
        self.send_response(503 if self.server.forge.away else 201 if knows else 401)
        self.send_header("Content-Length", "0")
        self.end_headers()

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Not into pytest's output."""


class _Server(ThreadingHTTPServer):
    forge: Forge


@contextmanager
def forge() -> Iterator[Forge]:
    """Its API, on this machine."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.forge = Forge(url=f"http://127.0.0.1:{server.server_address[1]}/api/v1")
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield server.forge
    finally:
        server.shutdown()
        server.server_close()


def secret(platform: Platform, name: str) -> str:
    """Of an application's repository."""
    with platform.client("ada") as client:
        answer = client.post(f"/v1/hooks/applications/{platform.team}/{name}/secret")
        assert answer.status_code == 201, answer.text
        return str(answer.json()["secret"])


def hook(repository: Repository, commit: str, before: str = "0" * 40, *, branch: str = "main") -> bytes:
    """The body of a push hook."""
    said = {
        "ref": f"refs/heads/{branch}",
        "before": before,
        "after": commit,
        "commits": [{"id": commit, "author": {"email": "ada@payments.test"}, "modified": ["index.html"]}],
        "total_commits": 1,
        "repository": {"clone_url": repository.url},
        "pusher": {"login": "ada"},
    }
    return json.dumps(said).encode()


def pull(repository: Repository, commit: str, action: str, number: int = 1) -> bytes:
    """The body of a pull request's hook."""
    head = {"sha": commit, "repo": {"clone_url": repository.url}}
    said = {
        "action": action,
        "number": number,
        "pull_request": {"head": head, "user": {"login": "bob"}},
        "repository": {"clone_url": repository.url},
        "sender": {"login": "ada"},
    }
    return json.dumps(said).encode()


def send(platform: Platform, body: bytes, key: str, *, event: str = "push") -> httpx2.Response:
    """As Gitea does."""
    headers = {
        "X-Gitea-Event": event,
        "X-Gitea-Delivery": str(uuid4()),
        "X-Gitea-Signature": hmac.digest(key.encode(), body, "sha256").hex(),
        "Content-Type": "application/json",
    }
    return PLAIN.post(f"{platform.url}/v1/hooks/gitea", content=body, headers=headers, timeout=60)
