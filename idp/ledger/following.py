"""History as it happens: read from the store, woken by an in-process hub. For every store."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager

from idp.errors import NotFoundError
from idp.ledger.protocol import Ledger
from idp.ledger.records import HistoryEntry


class Hub:
    """Tells followers *that* there is news, never what: each reads the store from where it is.

    So nothing is queued, a slow follower costs nothing, and no entry can be lost or come twice.
    """

    def __init__(self) -> None:
        self._followers: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    @contextmanager
    def news(self, request: str) -> Iterator[asyncio.Event]:
        """An event that is set whenever the request has new history."""
        event = asyncio.Event()
        self._followers[request].add(event)
        try:
            yield event
        finally:
            self._followers[request].discard(event)
            if not self._followers[request]:
                del self._followers[request]

    def notify(self, requests: Iterable[str]) -> None:
        """There is new history of these; called after it was committed."""
        for request in requests:
            for event in self._followers.get(request, ()):
                event.set()

    def notify_all(self) -> None:
        """Let every follower look again: the store closes."""
        self.notify(tuple(self._followers))


async def followed(ledger: Ledger, hub: Hub, request: str, after: int) -> AsyncIterator[HistoryEntry]:
    """Entries above `after`, then each new one until the request is finished. Raises NotFoundError."""
    with hub.news(request) as news:
        while True:
            news.clear()
            # First whether it is finished, then its history: what finished it is then surely among the entries.
            record = await ledger.request(request)
            if record is None:
                message = f"There is no request {request}."
                raise NotFoundError(message)
            for entry in await ledger.history(request, after=after):
                yield entry
                after = entry.sequence
            if not record.open:
                return
            await news.wait()
