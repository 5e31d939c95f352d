"""Calls at a time of day. A sleeping machine or a set clock moves the loop's time, not the day's: so look again every minute."""

import asyncio
import heapq
import time
from collections.abc import Callable

_LOOK_SECONDS = 60.0


class Alarms:
    """What is due when; one timer of the event loop for all."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0
        self._timer: asyncio.TimerHandle | None = None

    def at(self, when: float, what: Callable[[], None]) -> None:
        """Call `what` at the time `when`, in seconds since the epoch; at once, but not within this call, if that is past."""
        self._count += 1
        heapq.heappush(self._due, (when, self._count, what))
        self._set()

    def close(self) -> None:
        """Nothing is due any more."""
        self._due.clear()
        if self._timer:
            self._timer.cancel()

    def _set(self) -> None:
        if self._timer:
            self._timer.cancel()
        wait = min(max(0.0, self._due[0][0] - time.time()), _LOOK_SECONDS)
        self._timer = asyncio.get_running_loop().call_later(wait, self._ring)

    def _ring(self) -> None:
        self._timer = None
        while self._due and self._due[0][0] <= time.time():
            heapq.heappop(self._due)[2]()
        if self._due:
            self._set()
