"""Tells git servers what became of commits: from the ledger, again and again until they took it, and never in anybody's way."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Literal, NoReturn
from urllib.parse import urlsplit

import aiohttp
import structlog

from idp.delivery.counters import Counters
from idp.delivery.pace import Pace, full_jitter
from idp.delivery.turns import forever
from idp.forges.statuses import Call, State, Status, call
from idp.ledger.hooks import ReportRow
from idp.ledger.protocol import Ledger
from idp.ledger.records import RequestPhase, RequestRecord

log = structlog.get_logger(__name__)

ForgeName = Literal["github", "gitlab", "gitea"]

GULP: Final = 32
LONGEST_PAUSE: Final = 600.0
GIVEN_UP: Final = 60
"""Attempts, most of them ten minutes apart: then the commit's page stays as it is."""
REFUSED: Final = 8
"""Attempts where the server answers that it does not want it (4xx)."""
_TIMEOUT: Final = aiohttp.ClientTimeout(total=20)
_SAME_STATE: Final = "Cannot transition status"
"""GitLab's answer, with 400, to a state that the commit has already."""

_STATES: Final[Mapping[RequestPhase, tuple[State, str]]] = {
    "accepted": ("pending", "Accepted"),
    "dispatched": ("pending", "On its way"),
    "running": ("pending", "Running"),
    "awaiting-approval": ("pending", "Waits for an approver"),
    "succeeded": ("success", "Deployed"),
    "failed": ("failure", "Failed"),
    "rejected": ("failure", "Rejected"),
    "cancelled": ("gone", "Cancelled"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class GitServer:
    """A git server whose API is known."""

    forge: ForgeName
    api: str
    token_file: Path


class TurnedDownError(Exception):
    """The server answered, and did not take it."""

    def __init__(self, status: int) -> None:
        super().__init__(f"it answered {status}")
        self.status = status


class Reporter:
    """Servers by their host, as `host` or `host:port`; of others nothing is told."""

    def __init__(
        self,
        ledger: Ledger,
        servers: Mapping[str, GitServer],
        *,
        link: str | None,
        now: Callable[[], datetime],
        counters: Counters,
        pace: Pace,
    ) -> None:
        """`link` is this API's address, as people reach it."""
        self._ledger = ledger
        self._servers = servers
        self._link = link
        self._now = now
        self._counters = counters
        self._pace = pace

    async def run(self) -> NoReturn:
        """Until cancelled."""
        await forever(
            "reporter", self.turn, pause=self._pace.poll, longest=self._pace.longest_retry, counters=self._counters
        )

    async def turn(self) -> None:
        """All that is due, a few beside each other. Raises LedgerUnavailableError."""
        rows = await self._ledger.reports(self._now(), lease_seconds=self._pace.lease, limit=GULP)
        if not rows:
            return
        async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:
            await asyncio.gather(*(self._report(session, row) for row in rows))

    async def _report(self, session: aiohttp.ClientSession, row: ReportRow) -> None:
        request = await self._ledger.request(row.request)
        assert request is not None, row  # noqa: S101 - a foreign key of the row
        told = status(request, self._link)
        server = self._servers.get(urlsplit(told.repository).netloc) if told else None
        if told is None or server is None:
            await self._ledger.reported(row)
            return
        try:
            await _tell(session, server, told)
        except (aiohttp.ClientError, TimeoutError, OSError, TurnedDownError) as error:
            await self._again(row, told, error)
        else:
            self._counters.reported += 1
            log.info("status_told", request=request.id, state=told.state, repository=told.repository)
            await self._ledger.reported(row)

    async def _again(self, row: ReportRow, told: Status, error: Exception) -> None:
        self._counters.unreported += 1
        attempts = row.attempts + 1
        refused = isinstance(error, TurnedDownError) and error.status < 500  # noqa: PLR2004 - HTTP's own
        # Never the error's own words where they might repeat what was sent.
        reason = str(error) if isinstance(error, TurnedDownError) else type(error).__name__
        log.warning(
            "status_not_told", request=row.request, repository=told.repository, attempts=attempts, reason=reason
        )
        if attempts >= (REFUSED if refused else GIVEN_UP):
            log.error("status_given_up", request=row.request, repository=told.repository, attempts=attempts)
            await self._ledger.reported(row)
            return
        pause = full_jitter(attempts, LONGEST_PAUSE, first=self._pace.poll)
        await self._ledger.report_again(row, self._now() + timedelta(seconds=pause))


def status(request: RequestRecord, link: str | None) -> Status | None:
    """What the commit's page shall say of a deployment; None for what is none, or of no commit."""
    told = request.spec
    commit, application = told.get("commit"), told.get("application")
    if not commit or not application:
        return None
    state, words = _STATES[request.phase]
    waits = "Waits for the one before" if request.waits_in else words
    more = (request.outputs or {}).get("url") if state == "success" else request.message
    return Status(
        repository=application["repository"],
        commit=commit,
        state=state,
        context=f"idp/{told['team']}/{told['name']}/{told['environment']}",
        description=f"{waits}: {more}" if more else f"{waits}.",
        link=f"{link.rstrip('/')}/v1/requests/{request.id}" if link else None,
    )


async def _tell(session: aiohttp.ClientSession, server: GitServer, told: Status) -> None:
    """Repeating is safe: a status of the same context takes the place of the one before. Raises TurnedDownError."""
    made: Call = call(server.forge, told, server.token_file.read_text().strip())
    name, value = made.authorization
    address = f"{server.api.rstrip('/')}{made.path}"
    async with session.post(address, json=made.body, headers={name: value}, allow_redirects=False) as answer:
        if answer.ok:
            return
        if _SAME_STATE in (await answer.text())[:1000]:
            return
        raise TurnedDownError(answer.status)
