"""Waiting for a loop to have done something, and running one meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

from tests.ledger.samples import Clock


async def eventually(holds: Callable[[], Awaitable[bool]], *, clock: Clock | None = None, within: float = 20) -> None:
    """`clock` goes on meanwhile, 0.05 s at each look."""
    async with asyncio.timeout(within):
        while not await holds():
            await asyncio.sleep(0.005)
            if clock:
                clock.forward(0.05)


@asynccontextmanager
async def running(*loops: Coroutine[Any, Any, Any]) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(loop) for loop in loops]
    try:
        yield
        for task in tasks:
            assert not task.done(), "a loop ended"
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task
