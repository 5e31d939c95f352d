"""Compares what git servers call their branches' heads with what was filed: what hooks dropped is filed here."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import NoReturn

import structlog

from idp.delivery.counters import Counters
from idp.delivery.pace import Pace
from idp.delivery.turns import forever
from idp.errors import RefusedError, UnavailableError
from idp.ledger.records import ResourceRecord
from idp.lifecycle.pushes import Following, Heads, Pushes, applications_of, filed, following, specification

log = structlog.get_logger(__name__)


class Branches:
    """A head is left to its hook for a while: that says who pushed it."""

    def __init__(
        self, pushes: Pushes, heads: Heads, *, now: Callable[[], datetime], counters: Counters, pace: Pace
    ) -> None:
        self._pushes = pushes
        self._heads = heads
        self._now = now
        self._counters = counters
        self._pace = pace
        self._seen: dict[tuple[str, str, str], datetime] = {}
        """Since when a head is known that nobody filed: by placement, branch and commit."""

    async def run(self) -> NoReturn:
        """Until cancelled."""
        await forever(
            "branches", self.turn, pause=self._pace.branches, longest=self._pace.longest_retry, counters=self._counters
        )

    async def turn(self) -> None:
        """Every placement that follows a branch, once. Raises LedgerUnavailableError."""
        asked: dict[str, Mapping[str, str]] = {}
        seen: dict[tuple[str, str, str], datetime] = {}
        async for resource in applications_of(self._pushes.ledger):
            for follows, head in await self._known_behind(resource, asked):
                key = (f"{follows.key.team}/{follows.key.name}", follows.branch, head)
                seen[key] = self._seen.get(key, self._now())
                if self._now() - seen[key] >= timedelta(seconds=self._pace.hooks):
                    await self._file(follows, head)
        self._seen = seen

    async def _known_behind(
        self, resource: ResourceRecord, asked: dict[str, Mapping[str, str]]
    ) -> list[tuple[Following, str]]:
        """As `_behind`; of an application that cannot be read, nothing: it holds up no other."""
        try:
            return await self._behind(resource, asked)
        except ValueError as error:
            self._counters.unasked += 1
            log.warning(
                "application_not_followed", application=f"{resource.key.team}/{resource.key.name}", reason=str(error)
            )
            return []

    async def _behind(
        self, resource: ResourceRecord, asked: dict[str, Mapping[str, str]]
    ) -> list[tuple[Following, str]]:
        """Placements whose branch has a head that was not filed, and that head."""
        application = specification(resource)
        placements = [each for each in application.placements if each.branch]
        if not placements:
            return []
        heads = await self._heads_of(application.repository, asked)
        found = []
        for placement in placements:
            branch = placement.branch or ""
            follows = await following(self._pushes, application, placement, branch)
            if heads.get(branch, follows.known) != follows.known:
                found.append((follows, heads[branch]))
        return found

    async def _heads_of(self, repository: str, asked: dict[str, Mapping[str, str]]) -> Mapping[str, str]:
        """Each repository is asked once a turn. One that does not answer is behind nothing, until it does."""
        if repository not in asked:
            try:
                asked[repository] = await self._heads.heads(repository)
            except (UnavailableError, RefusedError) as error:
                self._counters.unasked += 1
                log.warning("heads_not_known", repository=repository, reason=str(error))
                asked[repository] = {}
        return asked[repository]

    async def _file(self, follows: Following, head: str) -> None:
        where = {"team": follows.asked.team, "application": follows.asked.name, "branch": follows.branch}
        try:
            done = await filed(self._pushes, follows, head)
        except RefusedError as error:
            log.warning("head_not_filed", reason=str(error), commit=head, **where)
        else:
            self._counters.missed += 1
            log.warning("push_missed", commit=head, request=done.request.id if done.request else None, **where)
