"""Compares what should run with what runs, for requests of which nothing was heard."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from typing import NoReturn

import structlog

from idp.delivery.counters import Counters
from idp.delivery.observer import Observer
from idp.delivery.pace import Pace
from idp.delivery.turns import forever
from idp.engines.protocol import Engine
from idp.ledger.protocol import Ledger
from idp.ledger.records import OPEN_PHASES, Change, HistoryEntry, Page, RequestRecord

log = structlog.get_logger(__name__)


class Reconciler:
    """Asks the engine for the run of every open request that has been silent too long."""

    def __init__(
        self,
        ledger: Ledger,
        engine: Engine,
        observer: Observer,
        *,
        now: Callable[[], datetime],
        counters: Counters,
        pace: Pace,
    ) -> None:
        self._ledger = ledger
        self._engine = engine
        self._observer = observer
        self._now = now
        self._counters = counters
        self._pace = pace

    async def run(self) -> NoReturn:
        """Until cancelled."""
        await forever(
            "reconciler",
            self.turn,
            pause=self._pace.reconcile,
            longest=self._pace.longest_retry,
            counters=self._counters,
        )

    async def turn(self) -> None:
        """Every open request once. Raises EngineUnavailableError, LedgerUnavailableError."""
        async for request in self._open():
            history = await self._ledger.history(request.id)
            if self._now() - history[-1].at >= self._patience(history):
                await self._settle(request, history)

    def _patience(self, history: list[HistoryEntry]) -> timedelta:
        """Twice as long after each time it was published: of an event that only waits, every further copy makes others wait."""
        published = sum(entry.kind == "dispatched" for entry in history)
        return timedelta(seconds=min(self._pace.unseen * 2.0 ** max(published - 1, 0), self._pace.parked))

    async def _open(self) -> AsyncIterator[RequestRecord]:
        page = Page(limit=200)
        while requests := await self._ledger.requests(page, phases=OPEN_PHASES):
            for request in requests:
                yield request
            page = Page(before=requests[-1].id, limit=page.limit)

    async def _settle(self, request: RequestRecord, history: list[HistoryEntry]) -> None:
        run = await self._engine.run(request.run)
        if run is not None:
            await self._observer.observe(run)
        elif request.run_uid:
            await self._vanished(request, history)
        elif request.phase == "dispatched":
            await self._publish_again(request, history)

    async def _publish_again(self, request: RequestRecord, history: list[HistoryEntry]) -> None:
        """Safe, as no run was seen and no permit given: nothing has changed, and the run's name is taken at most once."""
        message = "The engine held the event and no run came of it; it is published again."
        change = Change(
            request=request.id,
            history=(("alarm", {"message": message}),),
            phases=frozenset({"dispatched"}),
            after=history[-1].sequence,
            phase="accepted",
            outbox="publish",
        )
        if await self._ledger.change(change):
            self._counters.lost += 1
            log.error("event_lost", request=request.id, run=request.run)

    async def _vanished(self, request: RequestRecord, history: list[HistoryEntry]) -> None:
        if request.permitted:
            known = "It was allowed to change things: what it did is not known. Inspect the resource, then ask again."
        else:
            known = "It had changed nothing. Ask again."
        message = f"Run {request.run} is gone before it ended. {known}"
        change = Change(
            request=request.id,
            history=(("vanished", {"run_uid": request.run_uid}), ("failed", {"step": "", "message": message})),
            phases=frozenset({request.phase}),
            after=history[-1].sequence,
            phase="failed",
            message=message,
        )
        if await self._ledger.change(change):
            self._counters.vanished += 1
            log.error("run_vanished", request=request.id, run=request.run, permitted=request.permitted)
