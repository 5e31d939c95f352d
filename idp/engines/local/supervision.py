"""The engine's end of the line to its supervisor: orders out, news of steps in."""

import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import Any, Protocol, cast

from idp.engines.local import supervisor
from idp.engines.protocol import EngineUnavailableError

_TRIES = 20


class Listener(Protocol):
    """Who is told. A step is `run/node id`."""

    def started(self, step: str) -> None:
        """Its process runs."""

    def ended(self, step: str, code: int) -> None:
        """It is over."""

    def lost(self, step: str, why: str) -> None:
        """It is over, and nobody knows how."""

    def unknown(self, step: str) -> None:
        """It was never started."""

    def gone(self) -> None:
        """The supervisor itself was killed."""


class Supervision(asyncio.Protocol):
    """One connection. Made by `connected`."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._unread = b""
        self._transport: asyncio.Transport
        self._closing = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """From now on orders can be given."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by its class

    def data_received(self, data: bytes) -> None:
        """Whole lines are news."""
        *lines, self._unread = (self._unread + data).split(b"\n")
        for line in lines:
            self._tell(json.loads(line.decode()))

    def connection_lost(self, _exc: Exception | None) -> None:
        """Unless we left ourselves, the supervisor is dead."""
        if not self._closing:
            self._listener.gone()

    def run(self, step: str, order: dict[str, Any]) -> None:
        """Start a step; where it was started before, this only asks for it."""
        self._say({"run": step, **order})

    def watch(self, step: str) -> None:
        """Ask for a step of before."""
        self._say({"watch": step})

    def stop(self, step: str) -> None:
        """End a step."""
        self._say({"stop": step})

    def close(self) -> None:
        """Leave: steps run on."""
        self._closing = True
        self._transport.close()

    def _say(self, order: dict[str, Any]) -> None:
        self._transport.write(json.dumps(order).encode() + b"\n")

    def _tell(self, news: dict[str, Any]) -> None:
        step = news["step"]
        if "started" in news:
            self._listener.started(step)
        elif "code" in news:
            self._listener.ended(step, news["code"])
        elif "lost" in news:
            self._listener.lost(step, news["lost"])
        else:
            self._listener.unknown(step)


async def connected(folder: Path, listener: Listener) -> Supervision:
    """A connection to the folder's supervisor, which is started where there is none. Raises EngineUnavailableError."""
    for _ in range(_TRIES):
        try:
            return await _connection(folder, listener)
        except OSError:
            await _start(folder)
    message = f"{folder}: its supervisor cannot be reached; see supervisor.log there."
    raise EngineUnavailableError(message)


async def _connection(folder: Path, listener: Listener) -> Supervision:
    # A socket's address is at most 107 bytes long: not in TMPDIR, whose path may be longer.
    with tempfile.TemporaryDirectory(dir="/tmp") as short:
        link = Path(short, "f")
        link.symlink_to(folder)  # noqa: ASYNC240 - once a start
        loop = asyncio.get_running_loop()
        _, supervision = await loop.create_unix_connection(lambda: Supervision(listener), str(link / "supervisor.sock"))
        return supervision


async def _start(folder: Path) -> None:
    """Its first process ends as soon as it listens. Where another has the folder's lock it may be about to go: wait a little."""
    program = (sys.executable, "-I", "-S", supervisor.__file__, str(folder))
    process = await asyncio.create_subprocess_exec(*program, stdin=asyncio.subprocess.DEVNULL, env={})
    if await process.wait():
        await asyncio.sleep(0.05)
