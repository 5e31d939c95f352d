"""What the tests ask of the API, and what they read back."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2

from idp.ledger.records import OPEN_PHASES
from tests.cluster.installed import Platform
from tests.cluster.kubectl import until

Json = dict[str, Any]


@dataclass(frozen=True)
class Person:
    """Somebody with a token. Lost connections are tried again: every call here is safe to repeat."""

    client: httpx2.Client

    def answered(self, method: str, path: str, **sent: Any) -> Json:
        """What the API says to it, once it says anything; a refusal is the test's failure."""
        answer = until(f"an answer to {method} {path}", lambda: self._try(method, path, **sent), seconds=90, pause=0.5)
        assert answer.status_code < 400, f"{method} {path}: {answer.status_code} {answer.text}"
        return dict(answer.json())

    def asks(self, path: str, spec: Json, *, key: str | None = None) -> Json:
        """File a request; the request as accepted."""
        headers = {"Idempotency-Key": key} if key else {}
        return self.answered("POST", path, json=spec, headers=headers)

    def removes(self, resource: str) -> Json:
        """Ask for its end."""
        return self.answered("DELETE", f"/v1/{resource}")

    def reads(self, path: str) -> Json:
        """GET."""
        return self.answered("GET", path)

    def approves(self, request: str) -> None:
        """Exactly the plan that is there."""
        digest = self.reads(f"/v1/requests/{request}")["plan"]["digest"]
        self.answered("POST", f"/v1/requests/{request}/approval", json={"verdict": "approve", "digest": digest})

    def history(self, request: str) -> list[Json]:
        """All that happened so far."""
        return list(self.answered("GET", f"/v1/requests/{request}/history")["items"])

    def waits(self, request: str, *, phase: str | None = None, seconds: float = 240) -> Json:
        """Until it is in this phase, or ended."""

        def there() -> Json | None:
            found = self.reads(f"/v1/requests/{request}")
            return found if found["phase"] == phase or found["phase"] not in OPEN_PHASES else None

        return until(f"the {phase or 'end'} of request {request}", there, seconds=seconds, pause=0.5)

    def _try(self, method: str, path: str, **sent: Any) -> httpx2.Response | None:
        try:
            answer = self.client.request(method, path, **sent)
        except httpx2.TransportError:
            return None
        return None if answer.status_code >= 500 else answer


@contextmanager
def people(platform: Platform, team: str) -> Iterator[tuple[Person, Person]]:
    """Ada of the team, and grace who approves."""
    with (
        platform.client("ada", teams=[team]) as ada,
        platform.client("grace", teams=[team], roles=["approver"]) as grace,
    ):
        yield Person(ada), Person(grace)
