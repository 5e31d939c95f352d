"""Writes that wait for their transaction: all that arrive while one commits go into the next, in the order of arrival."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from idp.ledger.protocol import LedgerBusyError, LedgerUnavailableError

W = TypeVar("W")

LONGEST_QUEUE: Final = 4096
LARGEST_GROUP: Final = 256
"""Keeps the loop's other work waiting for some 20 ms at the most."""


@dataclass(slots=True, eq=False)
class Waiting(Generic[W]):
    """One write: its work, who waits for it, and what became of it so far."""

    work: W
    future: asyncio.Future[Any]
    result: Any = None
    error: Exception | None = None

    @property
    def given_up(self) -> bool:
        """Nobody waits for it any more."""
        return self.future.cancelled()

    def settle(self, failure: Exception | None = None) -> None:
        """`failure` is the whole group's, and then a refusal does not hold either: what it minded is not stored."""
        if self.future.done():
            return
        if error := failure or self.error:
            self.future.set_exception(error)
        else:
            self.future.set_result(self.result)


class Queue(Generic[W]):
    """Hands over what waits, group after group. `commit` settles every write of its group and raises nothing."""

    def __init__(self, commit: Callable[[list[Waiting[W]]], Awaitable[None]], *, longest: int = LONGEST_QUEUE) -> None:
        self._commit = commit
        self._longest = longest
        self._waiting: deque[Waiting[W]] = deque()
        self._arrived = asyncio.Event()
        self._closing = False
        self._task = asyncio.create_task(self._groups(), name="ledger-writer")

    async def write(self, work: W) -> Any:
        """What came of it, once it is on the disk. Raises what it raises, and LedgerUnavailableError."""
        if self._closing:
            message = "The ledger is closed; nothing is stored."
            raise LedgerUnavailableError(message)
        if len(self._waiting) >= self._longest:
            message = f"{len(self._waiting)} writes wait already; nothing is stored. Try again in a second."
            raise LedgerBusyError(message)
        waiting = Waiting(work, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._arrived.set()
        return await waiting.future

    async def close(self) -> None:
        """Finish what waits, then take no more."""
        self._closing = True
        self._arrived.set()
        await self._task

    async def _groups(self) -> None:
        while self._waiting or not self._closing:
            await self._arrived.wait()
            self._arrived.clear()
            while self._waiting:
                await self._commit([self._waiting.popleft() for _ in range(min(len(self._waiting), LARGEST_GROUP))])
