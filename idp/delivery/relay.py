"""Hands the outbox to the engine, until it says that it holds each row."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final, NoReturn

import structlog

from idp import names
from idp.delivery.counters import Counters
from idp.delivery.pace import Pace, full_jitter
from idp.delivery.turns import forever
from idp.engines.protocol import Engine
from idp.errors import NotFoundError, UnavailableError
from idp.ledger.protocol import Ledger
from idp.ledger.records import Change, OutboxRow, RequestRecord
from idp.lifecycle.event import event

log = structlog.get_logger(__name__)

GULP: Final = 64
"""Rows taken at one time; a lane at work takes no more until it has done with its own."""
DOWN: Final = 3
"""So many failures in a row are the lane's, not one row's: it pauses."""
LONGEST_PAUSE: Final = 5.0
LASTING: Final = 10
"""After so many attempts an operator should look."""


class Relay:
    """One call in flight for each lane, lanes beside each other: none waits for another.

    Every answer but success is unknown, so the same row goes again: the run's name makes that safe.
    """

    def __init__(
        self, ledger: Ledger, engine: Engine, *, now: Callable[[], datetime], counters: Counters, pace: Pace
    ) -> None:
        self._ledger = ledger
        self._engine = engine
        self._now = now
        self._counters = counters
        self._pace = pace
        self._busy: set[str] = set()
        self._failures: defaultdict[str, int] = defaultdict(int)
        self._lane_free = asyncio.Event()

    async def run(self) -> NoReturn:
        """Until cancelled."""
        async with asyncio.TaskGroup() as lanes:
            await forever(
                "relay",
                lambda: self._turn(lanes),
                pause=0,
                longest=self._pace.longest_retry,
                counters=self._counters,
            )

    async def _turn(self, lanes: asyncio.TaskGroup) -> None:
        last_start = self._last_start()
        rows = await self._ledger.due(self._now(), lease_seconds=self._pace.lease, limit=GULP, busy=self._busy)
        if not rows:
            await self._pause()
        for lane, queue in groupby(sorted(rows, key=lambda row: row.lane), key=lambda row: row.lane):
            self._busy.add(lane)
            lanes.create_task(self._lane(lane, list(queue), last_start), name=f"relay-{lane}")

    async def _pause(self) -> None:
        """Until there is work, or a lane can take more of it."""
        waits = [
            asyncio.create_task(self._ledger.wait_for_work(self._pace.poll)),
            asyncio.create_task(self._lane_free.wait()),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        self._lane_free.clear()

    def _last_start(self) -> float:
        """Of what is taken now: a call that begins later may outlast the lease, and then another server makes it as well."""
        return asyncio.get_running_loop().time() + self._pace.lease - self._pace.answer

    async def _lane(self, lane: str, rows: list[OutboxRow], last_start: float) -> None:
        """What is left when time is up comes again to whoever asks first once its lease has ended."""
        try:
            for row in rows:
                if asyncio.get_running_loop().time() > last_start:
                    log.info("lane_left", lane=lane, first=row.request)
                    break
                await self._deliver(row)
                if self._failures[lane] >= DOWN:
                    await asyncio.sleep(full_jitter(self._failures[lane] - DOWN + 1, LONGEST_PAUSE))
        except Exception as error:  # noqa: BLE001 - the ledger's; a lane must not end the loop, and the leases end anyway
            self._failures[lane] += 1
            log.warning("lane_waits", lane=lane, reason=str(error))
        finally:
            self._busy.discard(lane)
            self._lane_free.set()

    async def _deliver(self, row: OutboxRow) -> None:
        request = await self._ledger.request(row.request)
        try:
            await self._tell(row, request)
        except Exception as error:  # noqa: BLE001 - whatever it was, the effect is unknown and the row goes again
            self._failures[row.lane] += 1
            await self._again(row, error)
        else:
            self._failures[row.lane] = 0

    async def _tell(self, row: OutboxRow, request: RequestRecord | None) -> None:
        assert request is not None, row  # noqa: S101 - a foreign key of the row
        match row.action:
            case "publish":
                await self._publish(row, request)
            case "resume":
                await self._resume(request)
            case "stop":
                await self._stop(request)

    async def _publish(self, row: OutboxRow, request: RequestRecord) -> None:
        """The row stays until the run is seen; parked, so that only the reconciler's word brings it back sooner."""
        if not request.open or request.run_uid:
            await self._ledger.closed(request.id, "publish")
            return
        async with asyncio.timeout(self._pace.answer):
            await self._engine.publish(names.endpoint(request.capability), event(request).encoded())
        self._counters.published += 1
        dispatched = Change(
            request=request.id, history=(("dispatched", {}),), phases=frozenset({"accepted"}), phase="dispatched"
        )
        await self._ledger.change(dispatched)
        await self._ledger.put_off(row, self._now() + timedelta(seconds=self._pace.parked))
        log.info("published", request=request.id, run=request.run, attempts=row.attempts + 1)

    async def _resume(self, request: RequestRecord) -> None:
        if request.open:
            async with asyncio.timeout(self._pace.answer):
                await self._engine.resume(request.run)
            log.info("resumed", request=request.id, run=request.run)
        await self._ledger.closed(request.id, "resume")

    async def _stop(self, request: RequestRecord) -> None:
        """A run that is not there cannot be stopped; should it come up later, the observer asks again."""
        try:
            async with asyncio.timeout(self._pace.answer):
                await self._engine.stop(request.run)
        except NotFoundError:
            log.info("nothing_to_stop", request=request.id, run=request.run)
        await self._ledger.closed(request.id, "stop")

    async def _again(self, row: OutboxRow, error: Exception) -> None:
        self._counters.unanswered += 1
        attempts = row.attempts + 1
        wait = full_jitter(attempts, self._pace.longest_retry)
        tell = (
            log.error if attempts >= LASTING or not isinstance(error, UnavailableError | TimeoutError) else log.warning
        )
        tell(
            "engine_not_told",
            request=row.request,
            action=row.action,
            attempts=attempts,
            seconds=round(wait, 1),
            reason=str(error) or type(error).__name__,
        )
        await self._ledger.put_off(row, self._now() + timedelta(seconds=wait))
