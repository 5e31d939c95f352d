"""Brings each pull request's preview one step further, until it is as wanted or gone."""

from collections.abc import Callable
from datetime import datetime
from typing import NoReturn

import structlog

from idp.delivery.counters import Counters
from idp.delivery.pace import Pace
from idp.delivery.turns import forever
from idp.errors import RefusedError
from idp.ledger.hooks import PreviewRecord
from idp.lifecycle.previews import step
from idp.lifecycle.pushes import Pushes

log = structlog.get_logger(__name__)


class Previews:
    """What is to be done is read from the ledger each time, so a restart, or two servers, do nothing twice."""

    def __init__(self, pushes: Pushes, *, now: Callable[[], datetime], counters: Counters, pace: Pace) -> None:
        self._pushes = pushes
        self._now = now
        self._counters = counters
        self._pace = pace
        self._said: dict[tuple[str, str, int], str] = {}

    async def run(self) -> NoReturn:
        """Until cancelled."""
        await forever(
            "previews", self.turn, pause=self._pace.previews, longest=self._pace.longest_retry, counters=self._counters
        )

    async def turn(self) -> None:
        """Every preview one step. Raises LedgerUnavailableError."""
        found = await self._pushes.ledger.previews()
        self._counters.previews = len(found)
        for preview in found:
            try:
                self._say(preview, await step(self._pushes, preview, self._now()))
            except RefusedError as error:  # an open request, a full quota: others go on
                self._say(preview, str(error))

    def _say(self, preview: PreviewRecord, waits_for: str) -> None:
        """Each news once."""
        which = (preview.team, preview.application, preview.number)
        if self._said.get(which) != waits_for:
            self._said[which] = waits_for
            log.info(
                "preview", team=which[0], application=which[1], pull=which[2], state=preview.state, waits_for=waits_for
            )
