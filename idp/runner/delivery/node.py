"""The sandbox's node: makes what `desired.json` of each placement asks for, and says in `seen.json` what it made.

It ends with its parent, whose pipe is its stdin, and what serves ends with it: nothing outlives the server, however that
ends. The next one makes it all again from the files.

seen.json: {"port": 40001, "backends": {"3": {"state": "up", "port": 40002, "busy": 0, "answers": 10, "failures": 0,
"exits": 0}}, "serving": 3, "candidate": null, "share": 0}; a state is starting, up or ended.
"""

import asyncio
import fcntl
import os
import signal
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from idp.runner.delivery import places, serving
from idp.runner.delivery.proxy import Backend, Proxy

_ROUND: Final = 0.05
"""Seconds between two looks at the files."""
_LEASE: Final = 20.0
"""Seconds after which a candidate that nobody looks after goes."""
_DRAIN: Final = 10.0
"""Seconds that a backend gets for the answers it is at."""
_PAUSE: Final = 0.5
"""Seconds before a backend that ended by itself is started again."""
_ALREADY: Final = 3


async def tend(folder: Path) -> int:
    """Until stdin closes, or SIGTERM. The exit code."""
    world = places.World(folder)
    world.lock.parent.mkdir(parents=True, exist_ok=True)
    with world.lock.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"{folder} has a node already.", file=sys.stderr)  # noqa: T201 - a program's word
            return _ALREADY
        stopping = _stopping()
        tended: dict[Path, Tended] = {}
        try:
            while not stopping.is_set():
                await _round(world, tended)
                with suppress(TimeoutError):
                    async with asyncio.timeout(_ROUND):
                        await stopping.wait()
        finally:
            await asyncio.gather(*(each.close() for each in tended.values()))
    return 0


def _stopping() -> asyncio.Event:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stopping.set)
    loop.add_signal_handler(signal.SIGINT, lambda: None)  # of a terminal: the server decides

    def ended() -> None:
        if not os.read(0, 64):
            loop.remove_reader(0)
            stopping.set()

    loop.add_reader(0, ended)
    return stopping


async def _round(world: places.World, tended: dict[Path, "Tended"]) -> None:
    there = {each.folder: each for each in world.placements()}
    for folder, placement in there.items():
        if folder not in tended:
            tended[folder] = await Tended.begun(placement)
        tended[folder].make_so()
    for folder in [each for each in tended if each not in there]:
        await tended.pop(folder).close()


@dataclass
class Process:
    """A revision that is served, started again where it ends."""

    placement: places.Placement
    number: int
    exits: int = 0
    backend: Backend | None = None
    task: asyncio.Task[None] | None = None
    ending: asyncio.Task[None] | None = None
    _process: asyncio.subprocess.Process | None = None

    def begin(self) -> None:
        """Once."""
        self.task = asyncio.create_task(self._kept())

    async def _kept(self) -> None:
        while True:
            with suppress(OSError):
                await self._run()
            self.backend = None
            self.exits += 1
            await asyncio.sleep(_PAUSE)

    async def _run(self) -> None:
        revision = self.placement.revision(self.number) or {}
        tree = self.placement.folder.parents[1] / "images" / str(revision.get("digest", "")).replace(":", "-") / "tree"
        file = self.placement.folder / "revisions" / f"{self.number}.json"
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            serving.__file__,
            str(file),
            str(tree),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            assert self._process.stdout  # noqa: S101 - a pipe
            told = await self._process.stdout.readline()
            if told.strip().isdigit():
                self.backend = Backend(self.number, int(told))
            await self._process.wait()
        finally:
            await _ended(self._process)

    def end(self) -> None:
        """When it has no request any more, or too long."""
        if self.ending is None:
            self.ending = asyncio.create_task(self._drained())

    async def _drained(self) -> None:
        until = time.monotonic() + _DRAIN
        while self.backend and self.backend.busy and time.monotonic() < until:  # noqa: ASYNC110 - a plain counter
            await asyncio.sleep(_ROUND)
        if self.task:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)

    @property
    def told(self) -> dict[str, Any]:
        """For seen.json."""
        backend = self.backend
        state = "ending" if self.ending else "up" if backend else "ended" if self.exits else "starting"
        counts = {"port": backend.port, "answers": backend.answers, "failures": backend.failures} if backend else {}
        return {"state": state, "exits": self.exits, **counts}


async def _ended(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
        try:
            async with asyncio.timeout(_DRAIN):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


@dataclass
class Tended:
    """One placement."""

    placement: places.Placement
    port: int
    proxy: Proxy = field(default_factory=Proxy)
    processes: dict[int, Process] = field(default_factory=dict)
    written: dict[str, Any] = field(default_factory=dict)

    @classmethod
    async def begun(cls, placement: places.Placement) -> "Tended":
        """At the port it had before, if that is free."""
        proxy = Proxy()
        saved = places.read(placement.folder / "port.json") or {}
        port = await proxy.listen(saved.get("port"))
        places.noted(placement.folder / "port.json", {"port": port})
        return cls(placement, port, proxy)

    def make_so(self) -> None:
        """One step towards what is desired. The backend in use is let go only when the next one is up."""
        desired = self.placement.desired
        serving_, candidate = desired["serving"], self._kept(desired["candidate"])
        for number in {serving_, candidate} - {None, *self.processes}:
            self.processes[number] = Process(self.placement, number)
            self.processes[number].begin()
        self.proxy.expecting = serving_ is not None
        if backend := self._backend(serving_):
            self.proxy.serving = backend
        elif serving_ is None:
            self.proxy.serving = None
        self.proxy.candidate, self.proxy.share = self._backend(candidate), desired["share"]
        self._let_go({serving_, candidate})
        self._tell(serving_, candidate)

    def _kept(self, candidate: int | None) -> int | None:
        """None where whoever asked for it is gone."""
        try:
            age = time.time() - (self.placement.folder / "lease").stat().st_mtime
        except FileNotFoundError:
            return None
        return candidate if age < _LEASE else None

    def _backend(self, number: int | None) -> Backend | None:
        process = self.processes.get(number) if number is not None else None
        return process.backend if process else None

    def _let_go(self, wanted: set[int | None]) -> None:
        in_use = {self.proxy.serving.number} if self.proxy.serving else set()
        for number, process in list(self.processes.items()):
            if number not in wanted and number not in in_use:
                process.end()
            if process.ending and process.ending.done():
                del self.processes[number]

    def _tell(self, serving_: int | None, candidate: int | None) -> None:
        answering = self.proxy.serving.number if self.proxy.serving else None
        seen = {
            "port": self.port,
            "serving": answering,
            "wanted": serving_,
            "candidate": candidate,
            "share": self.proxy.share,
            "backends": {str(number): process.told for number, process in self.processes.items()},
        }
        if seen != self.written:
            places.noted(self.placement.folder / "seen.json", seen)
            self.written = seen

    async def close(self) -> None:
        """All that serves ends."""
        await self.proxy.close()
        for process in self.processes.values():
            process.end()
        await asyncio.gather(*(each.ending for each in self.processes.values() if each.ending))
