"""What every ledger does. SQLite and PostgreSQL keep it; one test-suite is run on both."""

from collections.abc import AsyncIterator, Collection, Mapping
from datetime import datetime
from typing import Any, Protocol

from idp.errors import ConflictError, UnavailableError
from idp.ledger.hooks import HookRecord, PreviewRecord, ReportRow, Taken
from idp.ledger.records import (
    Acceptance,
    Accepted,
    Change,
    Decision,
    Forgetting,
    HistoryEntry,
    HistoryKind,
    OutboxAction,
    OutboxRow,
    Page,
    RequestPhase,
    RequestRecord,
    ResourceKey,
    ResourceRecord,
)


class LedgerUnavailableError(UnavailableError):
    """The record could not be read or written: disk full, database away.

    What was asked is not stored, unless the message says that this is not known.
    """

    slug = "ledger-unavailable"


class LedgerBusyError(LedgerUnavailableError):
    """Too many writes wait already; this one was not taken."""

    slug = "ledger-busy"


class ResourceExistsError(ConflictError):
    """There is such a resource already, and the request would make a new one."""

    slug = "resource-exists"


class OpenRequestError(ConflictError):
    """The resource has an open request."""

    slug = "open-request"


class QuotaError(ConflictError):
    """The team has as many of these as it may."""

    slug = "quota"


class KeyReusedError(ConflictError):
    """The Idempotency-Key was used by this requester for another body."""

    status = 422
    slug = "idempotency-key-reused"


class Ledger(Protocol):
    """The durable record. Every method may raise LedgerUnavailableError; what returned is on the disk."""

    async def open(self) -> None:
        """Migrate and take the lock that one writer needs. Raises LedgerUnavailableError with the next move."""

    async def close(self) -> None:
        """Finish what is being written."""

    async def ready(self) -> None:
        """Prove that writing works."""

    async def accept(self, acceptance: Acceptance) -> Accepted:
        """Store request, resource, outbox row and first history entry in one transaction; returns after COMMIT.

        A repeated (requester, idempotency key) with the same body returns the first request, before anything else is
        looked at. All that arrive while a commit runs are committed together; one bad acceptance never fails its
        neighbours. Every request but an inspection becomes the `open_request` of `request.key`.

        Raises:
            KeyReusedError: the key came with another body.
            OpenRequestError: the resource has an open request (an inspection neither has nor minds one).
            ResourceExistsError: `expected_generation` is 0 and there is one that is not removed.
            PreconditionError: the resource is not at any other `expected_generation`.
            QuotaError: one more would be too many.
            ConflictError: `must_be_ready`, `refuse_while_inhabited` or `expired_at` does not hold, an action's or
                inspection's resource is not there, or its source asked for something newer of the resource.
            LedgerBusyError: too many writes wait.
        """

    async def adopt(self, acceptance: Acceptance, *, reason: str) -> ResourceRecord:
        """Store a resource as it is out there: `ready`, its spec applied, by a request that is finished already.

        Nothing is told to the engine. Raises what `accept` does for what it is to be: ResourceExistsError, QuotaError,
        ConflictError.
        """

    async def forget(self, forgetting: Forgetting) -> ResourceRecord:
        """Make the resource's record a tombstone; the record as it was. What it stands for is left as it is.

        Raises:
            NotFoundError: there is none, or it is removed.
            OpenRequestError: it has an open request.
            ConflictError: `refuse_while_inhabited` does not hold.
        """

    async def change(self, change: Change) -> RequestRecord | None:
        """Apply one change; None, and nothing written, where `change.phases` or `change.after` does not hold.

        A change to a finished phase also sets `finished_at` and moves and frees the resource.

        Raises:
            NotFoundError: there is no such request.
            ForbiddenError: the decision is the requester's own.
        """

    async def permit(self, request: str, run_uid: str, *, step: str, digest: str) -> RequestRecord | None:
        """Compare and set: the first run uid wins, an equal one passes again; appends `permitted`.

        None, and nothing written, where the request is not open or only inspects, has another run uid, or needs an
        approval and `digest` is not the approved one. Sets the resource's `applied_spec` for provision: from here on it
        may be true.
        """

    async def record(self, request: str, entries: Collection[tuple[HistoryKind, Mapping[str, Any]]]) -> None:
        """Append history (kind, data) whatever the phase: alarms and refused permits. Raises NotFoundError."""

    async def request(self, request: str) -> RequestRecord | None:
        """The request, None where there is none."""

    async def requests(
        self,
        page: Page,
        *,
        teams: Collection[str] | None = None,
        capability: str | None = None,
        key: ResourceKey | None = None,
        phases: Collection[RequestPhase] | None = None,
        source: str | None = None,
    ) -> list[RequestRecord]:
        """Newest first; `teams` None means all."""

    async def resource(self, key: ResourceKey) -> ResourceRecord | None:
        """Also a removed one: its tombstone."""

    async def resources(
        self, page: Page, *, capability: str, teams: Collection[str] | None = None, removed: bool = False
    ) -> list[ResourceRecord]:
        """By team and name; `removed` includes tombstones. `page.before` is the last `<team>/<name>` seen."""

    async def inhabitants(self, team: str, environment: str) -> list[ResourceRecord]:
        """Resources that live in the environment and are not removed; one that moves, in both until its run is permitted."""

    async def expired(self, now: datetime) -> list[ResourceRecord]:
        """Resources whose `expires_at` has passed, that are not removed and have no open request."""

    async def extend(self, key: ResourceKey, expires_at: datetime, *, by: str) -> ResourceRecord:
        """Set `expires_at`. Raises NotFoundError, and ConflictError for what is being removed."""

    async def history(self, request: str, *, after: int = 0) -> list[HistoryEntry]:
        """Entries with a sequence above `after`, in order."""

    def follow(self, request: str, *, after: int = 0) -> AsyncIterator[HistoryEntry]:
        """The same, then each new entry as it is committed; ends when the request is finished. Raises NotFoundError."""

    async def decisions(self, request: str) -> list[Decision]:
        """In the order they were made."""

    async def due(
        self, now: datetime, *, lease_seconds: float, limit: int, busy: Collection[str] = ()
    ) -> list[OutboxRow]:
        """Take rows whose time has come and that nobody holds, oldest first, none of the `busy` lanes.

        They come again after the lease unless put off or closed.
        """

    async def wait_for_work(self, seconds: float) -> None:
        """Return when a row may have become due, or after `seconds`: so that the relay need not poll."""

    async def put_off(self, row: OutboxRow, next_at: datetime) -> None:
        """Count an attempt and set when to try again; a row that was closed meanwhile stays closed."""

    async def closed(self, request: str, action: OutboxAction) -> None:
        """The row is done."""

    async def hooks(self, repository: str) -> list[HookRecord]:
        """Of all teams that may sign for the repository, as `names.repository` writes it."""

    async def show_hook(self, team: str, repository: str, *, by: str, rotate: bool) -> HookRecord | None:
        """Begin the first generation of the team's hook, or with `rotate` the next one; None where it has begun already."""

    async def taken(self, hook: Taken) -> bool:
        """Whether a hook with this id, or with this body, was taken."""

    async def take(self, hook: Taken) -> None:
        """It is done; a second time is no error."""

    async def skipped(self, key: ResourceKey, source: str) -> tuple[str, str] | None:
        """The head of the source from which nothing followed for this placement, and the one before it."""

    async def skip(self, key: ResourceKey, source: str, *, commit: str, after: str) -> None:
        """Nothing follows from this head, which came after that one."""

    async def reports(self, now: datetime, *, lease_seconds: float, limit: int) -> list[ReportRow]:
        """Take requests whose phase a git server must be told now, oldest first. They come again after the lease."""

    async def report_again(self, row: ReportRow, next_at: datetime) -> None:
        """Count an attempt and set when to try again; not where its phase changed meanwhile: then it is due now."""

    async def reported(self, row: ReportRow) -> None:
        """It was told, or never will be; not where its phase changed meanwhile."""

    async def unreported(self) -> int:
        """How many requests wait to be told of."""

    async def previews(self) -> list[PreviewRecord]:
        """Those of which something is, or is to be."""

    async def preview(self, team: str, application: str, number: int) -> PreviewRecord | None:
        """Also one that is gone."""

    async def want_preview(self, preview: PreviewRecord, *, instead_of: PreviewRecord | None) -> bool:
        """In place of what was read, None where nothing was; False, and nothing written, where something else is wanted."""

    async def backlog(self) -> tuple[int, datetime | None]:
        """How many outbox rows wait, and since when the oldest one does."""
