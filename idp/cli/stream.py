"""A request's history as it happens, from the server's SSE stream, whatever happens to the connection."""

import time
from collections.abc import Iterator
from threading import Event
from typing import Any, Final

import httpx2

from idp.cli.client import Client, Json
from idp.cli.errors import UnreachableError

ENDINGS: Final = frozenset({"succeeded", "failed", "cancelled", "rejected"})
"""Kinds of entries, and phases, after which nothing happens any more."""

_PATIENCE_SECONDS: Final = 60
"""How long a server may be away before following it is given up."""


def follow(client: Client, request: str, *, after: int = 0, enough: Event | None = None) -> Iterator[Json]:
    """History entries above the sequence `after`, up to the one that ends the request, or until it is `enough`.

    A cut connection is taken up again after the last entry seen. Raises UnreachableError after a minute without an
    answer, RefusedByServerError.
    """
    last, away_since, pause = after, None, 0.2
    while not (enough and enough.is_set()):
        try:
            for entry in _entries(client, request, after=last):
                last, away_since, pause = entry["sequence"], None, 0.2
                yield entry
                if entry["kind"] in ENDINGS:
                    return
        except (httpx2.TransportError, UnreachableError) as error:
            away_since = away_since or time.monotonic()
            if time.monotonic() - away_since > _PATIENCE_SECONDS:
                raise _unreachable(client, error) from error
        time.sleep(pause)
        pause = min(pause * 2, 3)


def _entries(client: Client, request: str, *, after: int) -> Iterator[Json]:
    headers = {"Accept": "text/event-stream"}
    if after:
        headers["Last-Event-ID"] = str(after)
    with client.stream(f"/v1/requests/{request}/history", headers=headers) as answer:
        for event in httpx2.EventSource(answer):
            entry: Any = event.json() if event.data else None
            if isinstance(entry, dict) and entry["sequence"] > after:
                yield entry


def _unreachable(client: Client, error: httpx2.TransportError | UnreachableError) -> UnreachableError:
    return error if isinstance(error, UnreachableError) else client.unreachable(error)
