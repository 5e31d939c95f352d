"""Mutexes between runs: who came first goes first. Source: argo-workflows workflow/sync."""

from collections import deque


class Mutexes:
    """Holders and queues, by the lock's full name (`namespace/Mutex/name`)."""

    def __init__(self) -> None:
        self._queues: dict[str, deque[str]] = {}
        self._held: dict[str, str] = {}
        self._wanted: dict[str, tuple[str, ...]] = {}

    def enter(self, run: str, locks: tuple[str, ...], *, holding: bool = False) -> None:
        """Queue up, in the order of creation; `holding` where the run had its locks before a restart."""
        self._wanted[run] = locks
        for lock in locks:
            if holding:
                self._held[lock] = run
            else:
                self._queues.setdefault(lock, deque()).append(run)

    def blocked(self, run: str) -> str:
        """Take the run's locks, all or none; the message of the lock that is missing, empty where it has them."""
        for lock in self._wanted[run]:
            holder = self._held.get(lock)
            if holder not in (None, run) or (holder is None and self._queues[lock][0] != run):
                return f"Waiting for {lock} lock. Lock status: {int(holder is None)}/1"
        for lock in self._wanted[run]:
            if self._held.get(lock) != run:
                self._held[lock] = self._queues[lock].popleft()
        return ""

    def leave(self, run: str) -> list[str]:
        """Give the locks back; the runs that are now at the front."""
        found = []
        for lock in self._wanted.pop(run, ()):
            if self._held.get(lock) == run:
                del self._held[lock]
            queue = self._queues.get(lock, deque())
            if run in queue:
                queue.remove(run)
            if queue:
                found.append(queue[0])
        return found
