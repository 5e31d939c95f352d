"""An engine that does what the test says, and nothing of its own: a stand-in for failures that a real one has rarely."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from idp import names
from idp.engines.protocol import Engine, EngineUnavailableError, NodeSeen, Phase, RunSeen
from idp.errors import NotFoundError
from idp.ledger.records import RequestRecord


@dataclass
class ScriptedEngine(Engine):
    """Holds runs by name; what is `shown` reaches those who watch."""

    down: bool = False
    """No call is answered, as behind a broken network."""
    refuses: frozenset[str] = frozenset()
    """Paths whose events are never taken."""
    stuck: frozenset[str] = frozenset()
    """Paths that never answer."""
    slow: float = 0
    """Seconds until an event is taken."""
    known: dict[str, RunSeen] = field(default_factory=dict)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    told: list[tuple[str, str]] = field(default_factory=list)
    lines: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    silent: bool = False
    """Whether no log is answered for."""
    read: list[tuple[str, str]] = field(default_factory=list)
    """Logs that were asked for."""
    watchers: list[asyncio.Queue[RunSeen | None]] = field(default_factory=list)
    in_flight: dict[str, int] = field(default_factory=dict)
    most_in_flight: int = 0

    async def publish(self, path: str, body: bytes) -> None:
        self.in_flight[path] = self.in_flight.get(path, 0) + 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight[path])
        try:
            await asyncio.sleep(3600 if path in self.stuck else self.slow)
            self._answers()
            if path in self.refuses:
                message = f"{path} answered 400"
                raise EngineUnavailableError(message)
            self.bodies.append(json.loads(body))
        finally:
            self.in_flight[path] -= 1

    async def runs(self) -> AsyncIterator[RunSeen]:
        self._answers()
        queue: asyncio.Queue[RunSeen | None] = asyncio.Queue()
        self.watchers.append(queue)
        for run in list(self.known.values()):
            yield run
        while run_or_end := await queue.get():
            yield run_or_end
        message = "the watch broke"
        raise EngineUnavailableError(message)

    async def run(self, name: str) -> RunSeen | None:
        self._answers()
        return self.known.get(name)

    async def resume(self, run: str) -> None:
        self._tell("resume", run)

    async def stop(self, run: str) -> None:
        self._tell("stop", run)

    async def logs(self, run: str, step: str, *, follow: bool) -> AsyncIterator[str]:
        assert not follow
        self.read.append((run, step))
        await asyncio.sleep(3600 if self.silent else 0)
        if (run, step) not in self.lines:
            message = "the log is gone"
            raise NotFoundError(message)
        for line in self.lines[run, step]:
            yield line

    def show(self, run: RunSeen) -> None:
        """The run is so from now on, and watchers see it."""
        self.known[run.name] = run
        for watcher in self.watchers:
            watcher.put_nowait(run)

    def break_watches(self) -> None:
        for watcher in self.watchers:
            watcher.put_nowait(None)
        self.watchers.clear()

    @property
    def published(self) -> list[str]:
        return [body["id"] for body in self.bodies]

    def _answers(self) -> None:
        if self.down:
            message = "connection refused"
            raise EngineUnavailableError(message)

    def _tell(self, word: str, run: str) -> None:
        self._answers()
        if run not in self.known:
            message = f"no run {run}"
            raise NotFoundError(message)
        self.told.append((word, run))


def node(name: str, phase: Phase, *, type_: str = "Pod", message: str = "") -> NodeSeen:
    return NodeSeen(id=f"id-{name}", name=name, type=type_, phase=phase, message=message)


def run_of(request: RequestRecord, *nodes: NodeSeen, phase: Phase = "Running", uid: str = "u1", **more: Any) -> RunSeen:
    return RunSeen(
        name=request.run, uid=uid, phase=phase, labels={names.LABEL_REQUEST: request.id}, nodes=nodes, **more
    )


PLAN: Mapping[str, str] = {"changes": "2", "digest": "d1", "summary": '{"changes":2,"resources":[]}'}


def succeeded(request: RequestRecord, *, uid: str = "u1", outputs: str = '{"host":"h"}') -> RunSeen:
    """A whole run, seen only after its end."""
    looked, changed = node("look", "Succeeded"), node("terraform", "Succeeded")
    gate = node("gate", "Skipped", type_="Skipped")
    run = run_of(request, looked, gate, changed, phase="Succeeded", uid=uid)
    return replace(run, outputs={**PLAN, "outputs": outputs})
