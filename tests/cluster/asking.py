"""The cluster's API as anybody: what one may, and what is refused to them, in milliseconds each.

`kubectl proxy` has the administrator's rights; who it is asked for is said in the headers, as `kubectl --as` does.
"""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2


@dataclass(frozen=True)
class Answer:
    """`message` is the API server's own, and empty where it did what was asked."""

    status: int
    message: str
    body: Any


@dataclass(frozen=True)
class Asking:
    """Calls the API server."""

    client: httpx2.Client

    def __call__(
        self,
        method: str,
        path: str,
        *,
        user: str | None = None,
        groups: tuple[str, ...] = (),
        body: Any = None,
        patch: bool = False,
        dry: bool = True,
    ) -> Answer:
        """Nothing is kept unless `dry` is false."""
        headers = [("Impersonate-User", user)] if user else []
        headers += [("Impersonate-Group", group) for group in groups]
        headers += [("Content-Type", "application/merge-patch+json")] if patch else []
        parameters = {"dryRun": "All"} if dry else {}
        answer = self.client.request(method, path, headers=headers, json=body, params=parameters)
        found = answer.json() if answer.headers.get("content-type", "").startswith("application/json") else None
        refused = answer.status_code >= 400
        return Answer(answer.status_code, str((found or {}).get("message", answer.text)) if refused else "", found)


@contextmanager
def asking() -> Iterator[Asking]:
    """While it is used."""
    command = ["kubectl", "proxy", "--port=0", "--reject-methods=^$", "--reject-paths=^$"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as proxy:
        assert proxy.stdout
        found = re.search(r"127\.0\.0\.1:\d+", proxy.stdout.readline())
        assert found, "kubectl proxy says where it listens"
        try:
            with httpx2.Client(base_url=f"http://{found[0]}", timeout=30) as client:
                yield Asking(client)
        finally:
            proxy.terminate()
