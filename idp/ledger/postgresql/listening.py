"""What one server commits the others hear at once: LISTEN and NOTIFY. Only *that* there is news, as in `following`."""

import asyncio
import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Final
from uuid import uuid4

import asyncpg
import structlog

from idp.ledger.postgresql.connecting import AWAY, Database, connection, reason
from idp.ledger.postgresql.draft import Draft

log = structlog.get_logger(__name__)

_MOST: Final = 200
"""Ids in one notification, which holds at most 8,000 bytes."""
_HEARTBEAT: Final = 15.0
"""Seconds after which a silent connection is asked whether it is still there."""
_LONGEST_PAUSE: Final = 5.0


class News:
    """Tells other servers, and hears from them; what was said while nobody listened is `missed`."""

    def __init__(
        self, database: Database, *, heard: Callable[[Iterable[str], bool], None], missed: Callable[[], None]
    ) -> None:
        """`heard` is told requests with new history, and whether an outbox row may have become due."""
        self._database = database
        self._heard = heard
        self._missed = missed
        self._name = uuid4().hex
        self._lost = asyncio.Event()
        self._channel = ""
        self._connection: asyncpg.Connection | None = None
        self._task: asyncio.Task[None] | None = None

    async def open(self, channel: str) -> None:
        """Listen from now on. Raises what connecting raises."""
        self._channel = channel
        await self._listen()
        self._task = asyncio.create_task(self._keep_listening(), name="ledger-news")

    async def close(self) -> None:
        """Listen no more."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        if self._connection:
            self._connection.terminate()

    def of(self, draft: Draft) -> list[tuple[str, str]]:
        """Channel and payload of what others must hear of it; one for a whole group, as commits that tell are serial."""
        return [(self._channel, payload) for payload in _payloads(self._name, draft)]

    async def _listen(self) -> None:
        self._lost.clear()
        self._connection = await connection(self._database)
        self._connection.add_termination_listener(lambda _: self._lost.set())
        try:
            await self._connection.add_listener(self._channel, self._hear)
        except BaseException:
            self._connection.terminate()  # connected, and yet deaf
            raise

    def _hear(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        name, outbox, *requests = str(payload).split()
        if name != self._name:
            self._heard(requests, outbox == "outbox")

    async def _keep_listening(self) -> None:
        failures = 0
        while True:
            try:
                await self._until_lost()
                failures = 0
            except AWAY as error:
                failures += 1
                log.warning("ledger_not_heard", reason=reason(error), failures=failures)
                longest = min(_LONGEST_PAUSE, 0.1 * 2.0 ** min(failures, 10))
                await asyncio.sleep(random.uniform(0, longest))  # noqa: S311 - no secret

    async def _until_lost(self) -> None:
        if self._connection is None or self._lost.is_set() or self._connection.is_closed():
            await self._listen()
            self._missed()
        with suppress(TimeoutError):
            async with asyncio.timeout(_HEARTBEAT):
                await self._lost.wait()
        if not self._lost.is_set():
            await self._alive()

    async def _alive(self) -> None:
        assert self._connection is not None  # noqa: S101 - listened to
        try:
            await self._connection.execute("SELECT")
        except AWAY:
            self._connection.terminate()
            raise


def _payloads(name: str, draft: Draft) -> Iterator[str]:
    requests = sorted({entry.request for entry in draft.history})
    outbox = "outbox" if draft.outbox else "-"
    for start in range(0, max(len(requests), bool(draft.outbox)), _MOST):
        yield " ".join([name, outbox, *requests[start : start + _MOST]])
