"""Listeners of runs: each gets everything known, then every change, at its own pace."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from typing import TYPE_CHECKING

from idp.engines.protocol import RunSeen

if TYPE_CHECKING:
    from idp.engines.local.status import Status


class Feed:
    """What one listener has not seen yet: a run that changed twice before it looked is shown once, as it is then."""

    def __init__(self, runs: "Iterable[Status]") -> None:
        self._changed = {run.name: run for run in runs}
        self._more = asyncio.Event()
        self._over = False
        self.show()

    def show(self, *runs: "Status") -> None:
        """Something changed."""
        for run in runs:
            self._changed.setdefault(run.name, run)
        self._more.set()

    def end(self) -> None:
        """The engine closes."""
        self._over = True
        self._more.set()

    async def __aiter__(self) -> AsyncIterator[RunSeen]:
        while True:
            await self._more.wait()
            self._more.clear()
            while self._changed:
                name = next(iter(self._changed))
                yield self._changed.pop(name).seen()
            if self._over:
                return


class Feeds:
    """All listeners."""

    def __init__(self) -> None:
        self._feeds: set[Feed] = set()

    async def listen(self, known: "Callable[[], Iterable[Status]]") -> AsyncIterator[RunSeen]:
        """A new listener."""
        feed = Feed(known())
        self._feeds.add(feed)
        try:
            async for seen in feed:
                yield seen
        finally:
            self._feeds.discard(feed)

    def show(self, run: "Status") -> None:
        """To every listener."""
        for feed in self._feeds:
            feed.show(run)

    def end(self) -> None:
        """Let every listener go."""
        for feed in self._feeds:
            feed.end()
