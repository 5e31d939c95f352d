"""Files the removal of what has outlived its lifetime."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import NoReturn

import structlog

from idp.delivery.counters import Counters
from idp.delivery.pace import Pace
from idp.delivery.turns import forever
from idp.errors import RefusedError
from idp.ledger.protocol import Ledger
from idp.ledger.records import Page, ResourceRecord

log = structlog.get_logger(__name__)

Expire = Callable[[ResourceRecord], Awaitable[object]]
"""Files a `deprovision` request for the resource."""


class Sweeper:
    """A resource that cannot go now (inhabited, say, or just extended) is looked at again at the next turn, others go on."""

    def __init__(
        self, ledger: Ledger, expire: Expire, *, now: Callable[[], datetime], counters: Counters, pace: Pace
    ) -> None:
        self._ledger = ledger
        self._expire = expire
        self._now = now
        self._counters = counters
        self._pace = pace

    async def run(self) -> NoReturn:
        """Until cancelled."""
        await forever(
            "sweeper", self.turn, pause=self._pace.sweep, longest=self._pace.longest_retry, counters=self._counters
        )

    async def turn(self) -> None:
        """Everything that is past its end now. Raises LedgerUnavailableError."""
        for resource in await self._ledger.expired(self._now()):
            if not await self._failed_lately(resource):
                await self._sweep(resource)

    async def _sweep(self, resource: ResourceRecord) -> None:
        key = resource.key
        where = {"capability": key.capability, "team": key.team, "name": key.name}
        try:
            await self._expire(resource)
        except RefusedError as error:
            log.warning("not_removed_yet", reason=str(error), **where)
        else:
            self._counters.expired += 1
            log.info("expired", expires_at=resource.expires_at, **where)

    async def _failed_lately(self, resource: ResourceRecord) -> bool:
        """A removal that fails must not be filed again each minute."""
        (newest,) = await self._ledger.requests(Page(limit=1), key=resource.key)
        if newest.verb != "deprovision" or newest.finished_at is None:
            return False
        return self._now() - newest.finished_at < timedelta(seconds=self._pace.sweep_again)
