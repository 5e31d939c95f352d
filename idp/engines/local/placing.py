"""Steps in their places: who waits for room, who runs, what came of it. Bounds the engine's parallelism."""

import asyncio
from collections import deque
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog

from idp.engines.local import outcomes, scope, steps
from idp.engines.local.errors import UnresolvedError
from idp.engines.local.nodes import Node
from idp.engines.local.run import Run
from idp.engines.local.scope import Inputs
from idp.engines.local.store import Store
from idp.engines.local.supervision import Supervision, connected
from idp.engines.local.templates import Template
from idp.engines.local.tokens import Tokens
from idp.engines.protocol import EngineUnavailableError

_log = structlog.get_logger(__name__)

_OPEN_AGAIN_SECONDS = 1.0


@dataclass(slots=True)
class Place:
    """A step that runs, or is about to."""

    run: Run
    node: Node
    ordered: bool = False
    """The supervisor was asked to start it, as far as is known."""

    @property
    def step(self) -> str:
        """Its name to the supervisor."""
        return f"{self.run.name}/{self.node.id}"

    @property
    def template(self) -> Template:
        """Its template."""
        return self.run.template(self.node.template)


class Placing:
    """The listener of the supervisor."""

    def __init__(
        self, folder: Path, store: Store, tokens: Tokens, around: steps.Surroundings, parallelism: int
    ) -> None:
        self._folder = folder
        self._store = store
        self._tokens = tokens
        self._around = around
        self._parallelism = parallelism
        self._queue: deque[Place] = deque()
        self._places: dict[str, Place] = {}
        self._line: Supervision | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Connect, and ask for every step of before. Raises EngineUnavailableError, OSError."""
        self._line = await connected(self._folder, self)
        for place in self._places.values():
            if place.ordered:
                self._line.watch(place.step)
        self._fill()

    def close(self) -> None:
        """Leave the steps to the supervisor."""
        if self._line:
            self._line.close()
        self._line = None
        for task in self._tasks:
            task.cancel()

    def add(self, run: Run, node: Node) -> None:
        """A step to start when there is room."""
        self._queue.append(Place(run, node))
        self._fill()

    def find(self, run: Run, node: Node) -> None:
        """A step that may have been started before a restart."""
        place = Place(run, node, ordered=True)
        self._places[place.step] = place

    def stop(self, run: Run, node: Node) -> bool:
        """True where its process runs, or may: its end will be told. Else it never starts."""
        self._queue = deque(place for place in self._queue if place.node is not node)
        place = self._places.get(Place(run, node).step)
        if place and place.ordered and self._line:
            self._line.stop(place.step)
        elif place and not place.ordered:
            del self._places[place.step]
        return bool(place and place.ordered)

    # ---- what the supervisor tells

    def started(self, step: str) -> None:
        """Its process runs."""
        if place := self._places.get(step):
            place.run.step_started(place.node.name)
            if place.node.ending and self._line:
                self._line.stop(step)

    def ended(self, step: str, code: int) -> None:
        """Collect what it left."""
        if place := self._places.get(step):
            paths = steps.paths(place.template, self._work(place))
            log = self._store.log(place.run.name, place.node.id)
            self._over(place, outcomes.ended(code, place.template, paths, log))

    def lost(self, step: str, why: str) -> None:
        """It is over, and nobody knows how."""
        if place := self._places.get(step):
            _log.error("step_lost", run=place.run.name, node=place.node.name, reason=why)
            self._over(place, outcomes.lost(why))

    def unknown(self, step: str) -> None:
        """It was on its way when the server or the supervisor was killed, and never started."""
        if place := self._places.get(step):
            place.ordered = False
            if place.node.ending:
                self._over(place, outcomes.lost(place.node.ending))
            else:
                self._go(place)

    def gone(self) -> None:
        """The supervisor was killed: a new one tells what can be known of its steps."""
        _log.error("supervisor_gone", steps=len(self._places))
        self._line = None
        self._later(self._open_again())

    async def _open_again(self) -> None:
        while True:
            try:
                return await self.open()
            except (EngineUnavailableError, OSError) as error:
                _log.error("supervisor_not_reached", reason=str(error), again_in=_OPEN_AGAIN_SECONDS)
                await asyncio.sleep(_OPEN_AGAIN_SECONDS)

    # ---- starting and ending

    def _fill(self) -> None:
        while self._line and self._queue and len(self._places) < self._parallelism:
            place = self._queue.popleft()
            self._places[place.step] = place
            self._go(place)

    def _go(self, place: Place) -> None:
        inputs = place.run.inputs(place.node)
        if inputs.artifacts:
            self._later(self._furnish_aside(place, inputs))
        else:
            with self._failing(place):
                self._furnish(place, inputs)
                self._start(place, inputs)

    async def _furnish_aside(self, place: Place, inputs: Inputs) -> None:
        with self._failing(place):
            await asyncio.to_thread(self._furnish, place, inputs)
            if self._places.get(place.step) is place:  # it was not stopped meanwhile
                self._start(place, inputs)

    def _furnish(self, place: Place, inputs: Inputs) -> None:
        if place.template.container and place.template.container.mounts:
            token = self._tokens.mint(place.run.name, place.run.workflow.uid, place.node.id)
            steps.furnish(place.template, self._work(place), inputs, token)

    def _start(self, place: Place, inputs: Inputs) -> None:
        """Where the supervisor is away, the step is asked for, and started, when there is one again."""
        template, folder = place.template, self._work(place)
        lookup = scope.in_a_template(place.run, inputs, steps.paths(template, folder))
        order = steps.order(template, folder, lookup, self._around)
        place.ordered = True
        if self._line:
            self._line.run(place.step, {**order, "grace": place.run.workflow.template.grace_seconds})

    @contextmanager
    def _failing(self, place: Place) -> Iterator[None]:
        """A step that cannot be started has ended."""
        try:
            yield
        except OSError as error:
            self._over(place, outcomes.lost(f"The step's folder could not be made: {error}"))
        except UnresolvedError as error:
            self._over(place, outcomes.lost(str(error)))

    def _over(self, place: Place, ended: outcomes.Ended) -> None:
        del self._places[place.step]
        place.run.step_ended(place.node.name, ended)
        self._fill()

    def _work(self, place: Place) -> str:
        return self._store.work(place.run.name, place.node.id)

    def _later(self, what: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(what)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
