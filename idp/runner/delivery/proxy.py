"""The stable address of a placement: takes each request and hands it to the backend that is to answer it now.

One request per connection, so that a switch of backends is the next request's. What could not be handed over, as the
backend had just ended, is handed to the next: nothing of it had been sent.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

_LARGEST_HEAD: Final = 64 * 1024
_PATIENCE: Final = 5.0
"""Seconds in which some backend must take a request."""
_HEAD_SECONDS: Final = 30.0
_HOP: Final = re.compile(rb"^(connection|keep-alive|proxy-connection|upgrade):", re.IGNORECASE)
_STATUS: Final = re.compile(rb"HTTP/1\.[01] (?P<status>[0-9]{3})")
_SERVER_ERROR: Final = 500


@dataclass
class Backend:
    """A process that answers. `answers` and `failures` (5xx, or none at all) count what came of requests."""

    number: int
    port: int
    busy: int = 0
    answers: int = 0
    failures: int = 0


@dataclass
class Proxy:
    """`serving` answers; `candidate` a share of the requests, in percent."""

    serving: Backend | None = None
    candidate: Backend | None = None
    share: int = 0
    expecting: bool = False
    """Whether something is about to serve: requests wait for it."""
    _count: int = 0
    _server: asyncio.Server | None = None
    _handling: set[asyncio.Task[None]] = field(default_factory=set)

    async def listen(self, port: int | None) -> int:
        """The port it listens on: the wanted one, or another where that is taken."""
        try:
            self._server = await asyncio.start_server(
                self._accept, "127.0.0.1", port or 0, limit=_LARGEST_HEAD, backlog=256
            )
        except OSError:
            self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=_LARGEST_HEAD, backlog=256)
        found: int = self._server.sockets[0].getsockname()[1]
        return found

    async def close(self) -> None:
        """Take no more."""
        if self._server:
            self._server.close()
        for task in tuple(self._handling):
            task.cancel()
        await asyncio.gather(*self._handling, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - asyncio starts one for each connection
        self._handling.add(task)
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError):
                async with asyncio.timeout(_HEAD_SECONDS):
                    head = await reader.readuntil(b"\r\n\r\n")
                await self._answer(_alone(head), reader, writer)
        finally:
            self._handling.discard(task)
            writer.close()

    async def _answer(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with self._backend() as found:
            if found is None:
                writer.write(_NOBODY)
                await writer.drain()
                return
            backend, (back_reader, back_writer) = found
            back_writer.write(head)
            body = asyncio.ensure_future(_pump(reader, back_writer))
            try:
                first = await _first(back_reader)
                _note(backend, first)
                writer.write(first or _BROKE)
                await _pump(back_reader, writer)
            finally:
                body.cancel()
                back_writer.close()

    @asynccontextmanager
    async def _backend(
        self,
    ) -> AsyncIterator[tuple[Backend, tuple[asyncio.StreamReader, asyncio.StreamWriter]] | None]:
        """A backend that took the connection; None where none does in time."""
        until = asyncio.get_running_loop().time() + _PATIENCE
        while True:
            backend = self._chosen()
            if backend is None and not self.expecting:
                break
            if backend:
                backend.busy += 1
                try:
                    connection = await _connected(backend)
                    if connection:
                        yield backend, connection
                        return
                finally:
                    backend.busy -= 1
            if asyncio.get_running_loop().time() > until:
                break
            await asyncio.sleep(0.05)
        yield None

    def _chosen(self) -> Backend | None:
        self._count += 1
        if self.candidate and (self._count * self.share) // 100 > ((self._count - 1) * self.share) // 100:
            return self.candidate
        return self.serving


async def _connected(backend: Backend) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
    try:
        return await asyncio.open_connection("127.0.0.1", backend.port)
    except OSError:
        backend.failures += 1
        return None


async def _first(reader: asyncio.StreamReader) -> bytes:
    """What a backend answers first; nothing where it ends the connection instead, in order or not."""
    try:
        return await reader.read(_LARGEST_HEAD)
    except OSError:
        return b""


def _alone(head: bytes) -> bytes:
    """The request's head, for a connection of its own."""
    start, *lines = head.rstrip(b"\r\n").split(b"\r\n")
    kept = [line for line in lines if not _HOP.match(line)]
    return b"\r\n".join([start, *kept, b"Connection: close", b"", b""])


def _note(backend: Backend, first: bytes) -> None:
    found = _STATUS.match(first)
    backend.answers += 1
    if found is None or int(found["status"]) >= _SERVER_ERROR:
        backend.failures += 1


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(_LARGEST_HEAD):
            writer.write(data)
            await writer.drain()


def _answer(status: str, words: bytes) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {len(words)}\r\nConnection: close\r\n\r\n"
    return head.encode() + words


_NOBODY: Final = _answer("503 Service Unavailable", b"No version of this application serves here yet.\n")
_BROKE: Final = _answer("502 Bad Gateway", b"The application ended the connection without an answer.\n")
