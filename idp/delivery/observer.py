"""Watches the engine's runs and writes what is new into their requests' history."""

import asyncio
from typing import NoReturn

import structlog

from idp import names
from idp.delivery.counters import Counters
from idp.delivery.facts import FAILURES, failed_step, news, step_name
from idp.delivery.pace import Pace
from idp.delivery.turns import forever
from idp.engines.protocol import Engine, RunSeen
from idp.errors import IdpError
from idp.ledger.protocol import Ledger
from idp.ledger.records import OPEN_PHASES, Change, RequestPhase, RequestRecord

log = structlog.get_logger(__name__)

UNDONE: frozenset[RequestPhase] = frozenset({"failed", "cancelled", "rejected"})
ANY_PHASE: frozenset[RequestPhase] = OPEN_PHASES | UNDONE | {"succeeded"}


class Observer:
    """Every change is worked out from a history and written only while that is still the history.

    So the same sight twice, two observers, and a restart in between all write a fact once.
    """

    def __init__(self, ledger: Ledger, engine: Engine, *, counters: Counters, pace: Pace) -> None:
        self._ledger = ledger
        self._engine = engine
        self._counters = counters
        self._pace = pace
        self._orphans: set[str] = set()

    async def run(self) -> NoReturn:
        """Until cancelled."""
        await forever(
            "observer", self._watch, pause=self._pace.poll, longest=self._pace.longest_retry, counters=self._counters
        )

    async def observe(self, run: RunSeen) -> None:
        """One sight of one run. Raises LedgerUnavailableError; a sight that was not written comes again."""
        self._counters.seen += 1
        request = await self._asked_for(run)
        if request is None or request.waits_in:
            self._orphan(run)
        elif request.run_uid not in {None, run.uid}:
            await self._foreign(request, run)
        elif request.open:
            await self._write(request, run)
        elif not run.finished and request.phase in UNDONE:
            await self._stop(request, run)

    async def _watch(self) -> None:
        async for run in self._engine.runs():
            await self._observe_unless_faulty(run)

    async def _observe_unless_faulty(self, run: RunSeen) -> None:
        try:
            await self.observe(run)
        except IdpError:
            raise
        except Exception:
            self._counters.crashed += 1
            log.exception("sight_not_understood", run=run.name, run_uid=run.uid)

    async def _asked_for(self, run: RunSeen) -> RequestRecord | None:
        request = await self._ledger.request(run.labels.get(names.LABEL_REQUEST, ""))
        return request if request and request.run == run.name else None

    def _orphan(self, run: RunSeen) -> None:
        if run.uid not in self._orphans:
            self._orphans.add(run.uid)
            self._counters.orphaned += 1
            log.error("run_of_no_request", run=run.name, run_uid=run.uid)

    async def _write(self, request: RequestRecord, run: RunSeen) -> None:
        last_words = await self._last_words(run) if request.open and run.phase in FAILURES else ""
        current: RequestRecord | None = request
        while current and current.open and current.run_uid in {None, run.uid}:
            history = await self._ledger.history(request.id)
            change = news(current, history, run, last_words=last_words)
            if change is None:
                return
            if await self._ledger.change(change):
                log.info("run_seen", request=request.id, run=run.name, news=[kind for kind, _ in change.history])
                return
            current = await self._ledger.request(request.id)

    async def _foreign(self, request: RequestRecord, run: RunSeen) -> None:
        """A second Workflow of the run's name: what it says is an alarm, not a fact."""
        history = await self._ledger.history(request.id)
        if any(entry.kind == "alarm" and entry.data.get("run_uid") == run.uid for entry in history):
            return
        message = (
            f"Run {run.name} was seen with uid {run.uid}; the request's own is {request.run_uid}. It gets no permit."
        )
        alarm = Change(
            request=request.id,
            history=(("alarm", {"message": message, "run_uid": run.uid}),),
            phases=ANY_PHASE,
            after=history[-1].sequence,
        )
        if await self._ledger.change(alarm):
            self._counters.duplicated += 1
            log.error("run_duplicated", request=request.id, run=run.name, run_uid=run.uid, known_uid=request.run_uid)

    async def _stop(self, request: RequestRecord, run: RunSeen) -> None:
        """The request was cancelled or rejected before its run came up, or given up before it came back."""
        stop = Change(request=request.id, history=(), phases=UNDONE, outbox="stop")
        await self._ledger.change(stop)
        log.info("run_to_be_stopped", request=request.id, run=run.name, phase=request.phase)

    async def _last_words(self, run: RunSeen) -> str:
        """The failed step's last line; a log that cannot be read fails nothing."""
        node = failed_step(run)
        last = ""
        if node is None:
            return last
        try:
            async with asyncio.timeout(self._pace.answer):
                async for line in self._engine.logs(run.name, step_name(node), follow=False):
                    last = line.strip() or last
        except (IdpError, TimeoutError) as error:
            log.info("log_not_read", run=run.name, step=step_name(node), reason=str(error))
        return last
