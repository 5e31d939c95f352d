"""What every server does, whatever its engine: the API and the loops, until it is told to stop or a loop ends."""

import asyncio
import socket
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Any

import structlog

from idp.api.app import create_app
from idp.api.keeper import JwksKeeper
from idp.api.listening import Server
from idp.api.parts import Parts
from idp.delivery.loops import loops
from idp.delivery.pace import Pace
from idp.errors import IdpError
from idp.lifecycle.expire import expire
from idp.lifecycle.pushes import Pushes

_log = structlog.get_logger(__name__)

Loops = Mapping[str, Coroutine[Any, Any, None]]


class LoopEndedError(IdpError):
    """A loop that must run for ever has ended, so the process must: a server that only looks alive loses requests."""


async def serve_parts(
    parts: Parts,
    listening: socket.socket,
    address: str,
    *,
    pace: Pace | None = None,
    started: Callable[[str], None] | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM. `started` is told the address once it answers. Raises LoopEndedError."""
    server = Server(create_app(parts), stopping=parts.stopping, started=partial(_started, started, address))
    running: Loops = loops(
        parts.ledger,
        parts.engine,
        expire=partial(expire, parts.ledger, parts.catalog),
        counters=parts.counters,
        pushes=Pushes(ledger=parts.ledger, catalog=parts.catalog, heads=parts.heads, repositories=parts.repositories),
        servers=parts.servers,
        link=parts.link,
        pace=pace,
    )
    if isinstance(parts.identity.keys, JwksKeeper):
        running = {**running, "keys": parts.identity.keys.run()}
    await run(running, server, partial(server.serve, sockets=[listening]))


def _started(tell: Callable[[str], None] | None, address: str) -> None:
    _log.info("serving", url=address)
    if tell:
        tell(address)


async def run(running: Loops, server: Server, serving: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Serve beside the loops until told to stop, or a loop ends. Raises LoopEndedError."""
    ended: list[LoopEndedError] = []
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_for_ever(name, loop, server, ended), name=name) for name, loop in running.items()]
        try:
            await serving()
        finally:
            for task in tasks:
                task.cancel()
    if ended:
        raise ended[0]


async def _for_ever(name: str, loop: Coroutine[Any, Any, None], server: Server, ended: list[LoopEndedError]) -> None:
    """Run the loop; should it end, however it does, stop the server and leave the reason."""
    try:
        await loop
        reason: BaseException | None = None
    except Exception as error:  # noqa: BLE001 - told below, and raised by run
        reason = error
    message = f"The loop {name} has ended ({reason or 'without an error'}), so the server ends too. Start it again."
    _log.critical("loop_ended", loop=name, exc_info=reason)
    end = LoopEndedError(message)
    end.__cause__ = reason
    ended.append(end)
    server.stop()
