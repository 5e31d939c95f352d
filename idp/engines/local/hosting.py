"""All runs of an engine: created once, written down, shown, locked, expired. The Host of each."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import structlog

from idp.engines.local import workflows
from idp.engines.local.alarms import Alarms
from idp.engines.local.feeds import Feeds
from idp.engines.local.mutexes import Mutexes
from idp.engines.local.nodes import Node
from idp.engines.local.placing import Placing
from idp.engines.local.references import filled
from idp.engines.local.run import Run, recovered
from idp.engines.local.scope import of_the_run
from idp.engines.local.steps import Surroundings
from idp.engines.local.store import Journal, Store
from idp.engines.local.tokens import Tokens
from idp.engines.local.workflows import Workflow
from idp.engines.protocol import EngineUnavailableError, RunSeen
from idp.errors import NotFoundError

_log = structlog.get_logger(__name__)

_WRITE_AFTER_SECONDS = 0.05
_WRITE_AGAIN_SECONDS = 1.0


class Hosting:
    """The runs by name, and what happens to them outside of themselves."""

    def __init__(self, folder: Path, around: Surroundings, parallelism: int) -> None:
        self.store = Store(folder / "runs")
        self.tokens = Tokens(folder, self._running_step)
        self._runs: dict[str, Run] = {}
        self._journals: dict[str, Journal] = {}
        self._creating: dict[str, asyncio.Task[None]] = {}
        self._unwritten: dict[str, Run] = {}
        self._promised: set[str] = set()
        """Runs of which something was decided that is not on the disk yet."""
        self._writer: asyncio.TimerHandle | None = None
        self._mutexes = Mutexes()
        self._feeds = Feeds()
        self._alarms = Alarms()
        self._placing = Placing(folder, self.store, self.tokens, around, parallelism)

    async def open(self) -> None:
        """Go on with every run on the disk."""
        found = sorted(map(self._load, self.store.load()), key=lambda run: (run.workflow.created, run.name))
        for run in found:
            self._runs[run.name] = run
            self._queue_up(run)
        for run in found:
            self._go_on(run)
        await self._placing.open()

    async def close(self) -> None:
        """Write down what is known, also runs that are just being made, and leave the steps to the supervisor."""
        while self._creating:
            await asyncio.wait(self._creating.values())
        self._alarms.close()
        self._placing.close()
        self._write_all()
        if self._writer:
            self._writer.cancel()
        self._feeds.end()
        for journal in self._journals.values():
            journal.close()

    def known(self, name: str) -> Run:
        """A run by its name. Raises NotFoundError."""
        run = self._runs.get(name)
        if run is None:
            message = f"There is no run {name!r}: it never was, or its time is over."
            raise NotFoundError(message)
        return run

    def find(self, name: str) -> Run | None:
        """A run by its name."""
        return self._runs.get(name)

    def listen(self) -> AsyncIterator[RunSeen]:
        """Everything that is known, then every change."""
        return self._feeds.listen(lambda: list(self._runs.values()))

    async def create(self, workflow: Workflow) -> None:
        """On the disk first. A name that is taken makes nothing new, as the Kubernetes API answers 409.

        Who asks again meanwhile waits for the same; who goes away does not end it, since a thread cannot be ended.
        Raises EngineUnavailableError where the disk does not take it.
        """
        if workflow.name in self._runs:
            _log.info("run_exists", run=workflow.name)
            return
        creating = self._creating.get(workflow.name)
        if creating is None:
            creating = self._creating[workflow.name] = asyncio.create_task(self._create(workflow), name=workflow.name)
            creating.add_done_callback(self._created)
        await asyncio.shield(creating)

    async def _create(self, workflow: Workflow) -> None:
        try:
            await asyncio.to_thread(self.store.create, workflow.name, workflow.record())
        except OSError as error:
            message = f"The run {workflow.name} could not be written down: {error}"
            raise EngineUnavailableError(message) from error
        run = self._runs[workflow.name] = Run(workflow, self)
        _log.info("run_created", run=run.name, uid=workflow.uid)
        self._queue_up(run)
        self._go_on(run)

    def _created(self, creating: asyncio.Task[None]) -> None:
        del self._creating[creating.get_name()]
        if not creating.cancelled():
            creating.exception()  # whoever still waits is told

    def decide(self, run: Run, decision: Callable[[], None]) -> None:
        """Of a run that is not over; on the disk before anyone is told, also what the disk did not take before.

        Raises EngineUnavailableError where the disk does not take it.
        """
        if not run.over:
            self._promised.add(run.name)
            decision()
        if run.name not in self._promised:
            return
        try:
            self._write(run)
        except OSError as error:
            message = f"What was decided about the run {run.name} could not be written down: {error}"
            raise EngineUnavailableError(message) from error

    # ---- the Host of the runs

    def start_step(self, run: Run, node: Node) -> None:
        """See Host."""
        self._placing.add(run, node)

    def find_step(self, run: Run, node: Node) -> None:
        """See Host."""
        self._placing.find(run, node)

    def stop_step(self, run: Run, node: Node) -> bool:
        """See Host."""
        return self._placing.stop(run, node)

    def at(self, when: float, what: Callable[[], None]) -> None:
        """See Host."""
        self._alarms.at(when, what)

    def changed(self, run: Run) -> None:
        """See Host. Shown at once, written down a moment later, many changes together."""
        self._feeds.show(run)
        if not self._unwritten:
            self._writer = asyncio.get_running_loop().call_later(_WRITE_AFTER_SECONDS, self._write_all)
        self._unwritten[run.name] = run

    def finished(self, run: Run) -> None:
        """See Host."""
        _log.info("run_finished", run=run.name, phase=run.phase, message=run.message)
        self._expire(run)
        for name in self._mutexes.leave(run.name):
            self._try(self._runs[name])

    # ---- mutexes

    def _queue_up(self, run: Run) -> None:
        """Not for what cannot run: the mutex's very name may be what is missing."""
        if not run.over and not run.workflow.fault:
            workflow = run.workflow
            names = [filled(name, lambda reference: of_the_run(run, reference)) for name in workflow.template.mutexes]
            locks = tuple(f"{workflow.namespace}/Mutex/{name}" for name in names)
            self._mutexes.enter(run.name, locks, holding=run.phase == "Running")

    def _try(self, run: Run) -> None:
        blocked = self._mutexes.blocked(run.name)
        if blocked:
            run.wait_for_lock(blocked)
        else:
            run.begin()

    # ---- beginnings, and restarts

    def _load(self, records: Sequence[Mapping[str, Any]]) -> Run:
        first, *rest = records
        return recovered(workflows.from_record(first["workflow"]), self, rest)

    def _go_on(self, run: Run) -> None:
        if run.over:
            self._expire(run)
        elif fault := run.workflow.fault:
            run.end(fault.phase, fault.message)
        elif run.phase == "Running":
            run.recover()
        else:
            self._try(run)

    # ---- writing down

    def _write_all(self) -> None:
        if self._writer:
            self._writer.cancel()
        unwritten, self._unwritten = self._unwritten, {}
        for run in unwritten.values():
            try:
                self._write(run)
            except OSError as error:
                _log.error("run_not_written", run=run.name, reason=str(error), again_in=_WRITE_AGAIN_SECONDS)
                self._unwritten[run.name] = run
        if self._unwritten:
            self._writer = asyncio.get_running_loop().call_later(_WRITE_AGAIN_SECONDS, self._write_all)

    def _write(self, run: Run) -> None:
        journal = self._journals.get(run.name) or self.store.journal(run.name)
        self._journals[run.name] = journal
        for node in run.unwritten.values():
            journal.note({"node": node.record()})
        run.unwritten.clear()
        journal.note({"run": run.record()})
        journal.flush(sync=run.name in self._promised)
        self._promised.discard(run.name)
        if run.over:
            journal.close()
            del self._journals[run.name]

    def _expire(self, run: Run) -> None:
        lifetime = run.workflow.template.lifetime
        seconds = lifetime.after_success if run.phase == "Succeeded" else lifetime.after_failure
        if seconds is not None:
            self._alarms.at((run.finished_at or 0.0) + seconds, lambda: self._delete(run))

    def _delete(self, run: Run) -> None:
        self._write_all()
        self._forget(run)
        asyncio.get_running_loop().run_in_executor(None, self.store.delete, run.name)

    def _forget(self, run: Run) -> None:
        del self._runs[run.name]
        self._unwritten.pop(run.name, None)
        self._promised.discard(run.name)
        if journal := self._journals.pop(run.name, None):
            journal.close()

    def _running_step(self, run: str, uid: str, node: str) -> str | None:
        found = self._runs.get(run)
        nodes = found.nodes.values() if found and found.workflow.uid == uid else ()
        running = (known for known in nodes if known.id == node and not known.fulfilled)
        return next(((known.attempt_of or known.name).removeprefix(f"{known.boundary}.") for known in running), None)
