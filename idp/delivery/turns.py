"""A loop is a turn, again and again, whatever happens in one."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import NoReturn

import structlog

from idp.delivery.counters import Counters
from idp.delivery.pace import full_jitter
from idp.errors import UnavailableError

log = structlog.get_logger(__name__)


async def forever(
    name: str, turn: Callable[[], Awaitable[None]], *, pause: float, longest: float, counters: Counters
) -> NoReturn:
    """Take a turn every `pause` seconds; after a failed one wait with full jitter, at most `longest`."""
    loop = asyncio.get_running_loop()
    failures = 0
    while True:
        began = loop.time()
        try:
            await turn()
        except Exception as error:  # noqa: BLE001 - one bad turn must not end the loop, and with it the server
            # A turn may be a watch of hours: its end says nothing of the ones before.
            failures = 1 if loop.time() - began > longest else failures + 1
            _report(name, error, failures, counters)
            await asyncio.sleep(full_jitter(failures, longest))
        else:
            failures = 0
            await asyncio.sleep(pause)


def _report(name: str, error: Exception, failures: int, counters: Counters) -> None:
    if isinstance(error, UnavailableError):
        log.warning("loop_waits", loop=name, failures=failures, reason=str(error))
        return
    counters.crashed += 1
    log.error("loop_failed", loop=name, failures=failures, exc_info=error)
