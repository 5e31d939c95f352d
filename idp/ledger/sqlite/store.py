"""The ledger over one SQLite file: a connection for writing, another for reading what is committed."""

import sqlite3
from collections.abc import Callable, Collection
from contextlib import ExitStack, closing
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from typing_extensions import override

from idp.ledger.clock import utc_now
from idp.ledger.grouped import GroupedLedger, Write
from idp.ledger.hooks import HookRecord, PreviewRecord, ReportRow, Taken
from idp.ledger.migrations import known
from idp.ledger.protocol import LedgerUnavailableError
from idp.ledger.queueing import LONGEST_QUEUE
from idp.ledger.records import (
    Decision,
    HistoryEntry,
    OutboxAction,
    OutboxRow,
    Page,
    RequestPhase,
    RequestRecord,
    ResourceKey,
    ResourceRecord,
)
from idp.ledger.sqlite import hooks, outbox, reading
from idp.ledger.sqlite.connecting import reader, writer
from idp.ledger.sqlite.locking import locked
from idp.ledger.sqlite.migrating import migrate
from idp.ledger.sqlite.storing import carry_out
from idp.ledger.sqlite.writing import GroupCommit, Transaction

T = TypeVar("T")


class SqliteLedger(GroupedLedger):
    """One process at a time. Reads see what is committed, and nothing else; they take microseconds in the loop's thread."""

    def __init__(
        self, path: Path, *, now: Callable[[], datetime] = utc_now, longest_queue: int = LONGEST_QUEUE
    ) -> None:
        super().__init__()
        self._path = path
        self._now = now
        self._longest_queue = longest_queue
        self._held = ExitStack()
        self._reader: sqlite3.Connection | None = None
        self._writer: GroupCommit | None = None

    @override
    async def open(self) -> None:
        with ExitStack() as held:
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                held.enter_context(locked(self._path))
                connection = held.enter_context(closing(writer(self._path)))
                migrate(connection, known(__package__))
                outbox.release(connection)
                hooks.release(connection)
                self._reader = held.enter_context(closing(reader(self._path)))
            except (OSError, sqlite3.Error) as error:
                message = f"The ledger {self._path} cannot be opened ({error}). Mend it, or name another data folder."
                raise LedgerUnavailableError(message) from error
            self._writer = GroupCommit(
                connection, now=self._now, committed=self._committed, longest_queue=self._longest_queue
            )
            self._held = held.pop_all()

    @override
    async def close(self) -> None:
        if self._writer:
            await self._writer.close()
        self._writer = self._reader = None
        self._missed()
        self._held.close()

    @override
    async def ready(self) -> None:
        await self._write(outbox.prove)

    @override
    async def request(self, request: str) -> RequestRecord | None:
        return self._read(reading.request, request)

    @override
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
        return self._read(
            reading.requests, page, teams=teams, capability=capability, key=key, phases=phases, source=source
        )

    @override
    async def resource(self, key: ResourceKey) -> ResourceRecord | None:
        return self._read(reading.resource, key)

    @override
    async def resources(
        self, page: Page, *, capability: str, teams: Collection[str] | None = None, removed: bool = False
    ) -> list[ResourceRecord]:
        return self._read(reading.resources, page, capability=capability, teams=teams, removed=removed)

    @override
    async def inhabitants(self, team: str, environment: str) -> list[ResourceRecord]:
        return self._read(reading.inhabitants, team, environment)

    @override
    async def expired(self, now: datetime) -> list[ResourceRecord]:
        return self._read(reading.expired, now)

    @override
    async def history(self, request: str, *, after: int = 0) -> list[HistoryEntry]:
        return self._read(reading.history, request, after)

    @override
    async def decisions(self, request: str) -> list[Decision]:
        return self._read(reading.decisions, request)

    @override
    async def due(
        self, now: datetime, *, lease_seconds: float, limit: int, busy: Collection[str] = ()
    ) -> list[OutboxRow]:
        if not self._read(outbox.any_due, now, busy):
            return []
        return await self._write(partial(outbox.take, now=now, lease_seconds=lease_seconds, limit=limit, busy=busy))

    @override
    async def put_off(self, row: OutboxRow, next_at: datetime) -> None:
        await self._write(partial(outbox.put_off, row=row, next_at=next_at))

    @override
    async def closed(self, request: str, action: OutboxAction) -> None:
        await self._write(partial(outbox.close, request=request, actions=(action,)))

    @override
    async def hooks(self, repository: str) -> list[HookRecord]:
        return self._read(hooks.hooks, repository)

    @override
    async def show_hook(self, team: str, repository: str, *, by: str, rotate: bool) -> HookRecord | None:
        return await self._write(partial(hooks.show, team=team, repository=repository, by=by, rotate=rotate))

    @override
    async def taken(self, hook: Taken) -> bool:
        return self._read(hooks.taken, hook)

    @override
    async def take(self, hook: Taken) -> None:
        await self._write(partial(hooks.take, hook=hook))

    @override
    async def skipped(self, key: ResourceKey, source: str) -> tuple[str, str] | None:
        return self._read(hooks.skipped, key, source)

    @override
    async def skip(self, key: ResourceKey, source: str, *, commit: str, after: str) -> None:
        await self._write(partial(hooks.skip, key=key, source=source, commit=commit, after=after))

    @override
    async def reports(self, now: datetime, *, lease_seconds: float, limit: int) -> list[ReportRow]:
        if not self._read(hooks.due, now):
            return []
        return await self._write(partial(hooks.reports, now=now, lease_seconds=lease_seconds, limit=limit))

    @override
    async def report_again(self, row: ReportRow, next_at: datetime) -> None:
        await self._write(partial(hooks.report_again, row=row, next_at=next_at))

    @override
    async def reported(self, row: ReportRow) -> None:
        await self._write(partial(hooks.reported, row=row))

    @override
    async def unreported(self) -> int:
        return self._read(hooks.unreported)

    @override
    async def previews(self) -> list[PreviewRecord]:
        return self._read(hooks.previews)

    @override
    async def preview(self, team: str, application: str, number: int) -> PreviewRecord | None:
        return self._read(hooks.preview, team, application, number)

    @override
    async def want_preview(self, preview: PreviewRecord, *, instead_of: PreviewRecord | None) -> bool:
        return await self._write(partial(hooks.want, preview=preview, instead_of=instead_of))

    @override
    async def backlog(self) -> tuple[int, datetime | None]:
        return self._read(outbox.backlog)

    @override
    async def _store(self, write: Write[T]) -> T:
        return await self._write(partial(carry_out, work=write.work))

    async def _write(self, work: Callable[[Transaction], T]) -> T:
        if self._writer is None:
            raise self._closed()
        return await self._writer.write(work)

    def _read(self, question: Callable[..., T], *arguments: object, **named: object) -> T:
        if self._reader is None:
            raise self._closed()
        try:
            return question(self._reader, *arguments, **named)
        except sqlite3.Error as error:
            message = f"The ledger {self._path} could not be read ({error}). Try again; if it stays so, mend the disk."
            raise LedgerUnavailableError(message) from error

    def _committed(self, transaction: Transaction) -> None:
        self._heard(transaction.requests, transaction.outbox)

    def _closed(self) -> LedgerUnavailableError:
        return LedgerUnavailableError(f"The ledger {self._path} is not open.")
