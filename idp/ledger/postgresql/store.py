"""The ledger over PostgreSQL: one connection for the group commit, some for questions, one to hear what others commit."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from contextlib import AsyncExitStack, suppress
from datetime import datetime
from typing import Final, TypeVar
from uuid import uuid4

from tenacity import AsyncRetrying, retry_if_exception, stop_after_delay, wait_random_exponential
from typing_extensions import override

from idp.ledger.clock import utc_now
from idp.ledger.grouped import GroupedLedger, Write
from idp.ledger.hooks import HookRecord, PreviewRecord, ReportRow, Taken
from idp.ledger.migrations import known
from idp.ledger.postgresql import hooks, outbox, reading
from idp.ledger.postgresql.connecting import AWAY, NOT_YET, Connections, Database, connections, reason, unavailable
from idp.ledger.postgresql.draft import Draft
from idp.ledger.postgresql.listening import News
from idp.ledger.postgresql.migrating import migrate
from idp.ledger.postgresql.writing import GroupCommit
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

T = TypeVar("T")

_FAREWELL: Final = 5.0
_READERS: Final = 6
"""Connections for questions, each a millisecond or so; with the other two, what one server takes of the database's."""


class PostgresqlLedger(GroupedLedger):
    """Any number of servers at once. Reads see what is committed, by whomever."""

    def __init__(
        self,
        url: str,
        *,
        password: Callable[[], Awaitable[str]] | None = None,
        now: Callable[[], datetime] = utc_now,
        longest_queue: int = LONGEST_QUEUE,
        patience: float = 30.0,
    ) -> None:
        """`url` and `password` are those of `Database`.

        `patience` is how many seconds `open` waits for a database that is only just starting.
        """
        super().__init__()
        self._database = Database(url, password)
        self._patience = patience
        self._now = now
        self._longest_queue = longest_queue
        self._name = uuid4().hex
        self._held = AsyncExitStack()
        self._readers: Connections | None = None
        self._writer: GroupCommit | None = None

    @override
    async def open(self) -> None:
        starting = AsyncRetrying(
            retry=retry_if_exception(lambda error: isinstance(error.__cause__, NOT_YET)),
            wait=wait_random_exponential(multiplier=0.1, max=2),
            stop=stop_after_delay(self._patience),
            reraise=True,
        )
        await starting(self._open)

    async def _open(self) -> None:
        async with AsyncExitStack() as held:
            try:
                await self._connect(held)
            except (*AWAY, ValueError) as error:
                message = (
                    f"The ledger's database {self._database.where} cannot be used ({reason(error)})."
                    " Start or mend it, or correct IDP_LEDGER_URL."
                )
                raise LedgerUnavailableError(message) from error
            self._held = held.pop_all()

    async def _connect(self, held: AsyncExitStack) -> None:
        writers = await connections(self._database, most=1)
        held.push_async_callback(_closed, writers)
        async with writers.acquire() as connection:
            await migrate(connection, known(__package__))
            channel = await connection.fetchval("SELECT 'idp_ledger_' || current_schema()::regnamespace::oid")
        readers = await connections(self._database, most=_READERS)
        held.push_async_callback(_closed, readers)
        news = News(self._database, heard=self._heard, missed=self._missed)
        held.push_async_callback(news.close)
        await news.open(channel)
        self._writer = GroupCommit(
            writers, news, now=self._now, committed=self._committed, longest_queue=self._longest_queue
        )
        self._readers = readers

    @override
    async def close(self) -> None:
        if self._writer:
            await self._writer.close()
        if self._readers:
            with suppress(*AWAY):
                await outbox.release(self._readers, self._name)
        self._writer = self._readers = None
        self._missed()
        await self._held.aclose()

    @override
    async def ready(self) -> None:
        await self._ask(outbox.prove, self._now())

    @override
    async def request(self, request: str) -> RequestRecord | None:
        return await self._ask(reading.request, request)

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
        return await self._ask(
            reading.requests, page, teams=teams, capability=capability, key=key, phases=phases, source=source
        )

    @override
    async def resource(self, key: ResourceKey) -> ResourceRecord | None:
        return await self._ask(reading.resource, key)

    @override
    async def resources(
        self, page: Page, *, capability: str, teams: Collection[str] | None = None, removed: bool = False
    ) -> list[ResourceRecord]:
        return await self._ask(reading.resources, page, capability=capability, teams=teams, removed=removed)

    @override
    async def inhabitants(self, team: str, environment: str) -> list[ResourceRecord]:
        return await self._ask(reading.inhabitants, team, environment)

    @override
    async def expired(self, now: datetime) -> list[ResourceRecord]:
        return await self._ask(reading.expired, now)

    @override
    async def history(self, request: str, *, after: int = 0) -> list[HistoryEntry]:
        return await self._ask(reading.history, request, after)

    @override
    async def decisions(self, request: str) -> list[Decision]:
        return await self._ask(reading.decisions, request)

    @override
    async def due(
        self, now: datetime, *, lease_seconds: float, limit: int, busy: Collection[str] = ()
    ) -> list[OutboxRow]:
        return await self._ask(outbox.take, self._name, now, lease_seconds=lease_seconds, limit=limit, busy=busy)

    @override
    async def put_off(self, row: OutboxRow, next_at: datetime) -> None:
        await self._ask(outbox.put_off, row, next_at)

    @override
    async def closed(self, request: str, action: OutboxAction) -> None:
        await self._ask(outbox.close, request, action)

    @override
    async def hooks(self, repository: str) -> list[HookRecord]:
        return await self._ask(hooks.hooks, repository)

    @override
    async def show_hook(self, team: str, repository: str, *, by: str, rotate: bool) -> HookRecord | None:
        return await self._ask(hooks.show, self._now(), team=team, repository=repository, by=by, rotate=rotate)

    @override
    async def taken(self, hook: Taken) -> bool:
        return await self._ask(hooks.taken, hook)

    @override
    async def take(self, hook: Taken) -> None:
        await self._ask(hooks.take, self._now(), hook)

    @override
    async def skipped(self, key: ResourceKey, source: str) -> tuple[str, str] | None:
        return await self._ask(hooks.skipped, key, source)

    @override
    async def skip(self, key: ResourceKey, source: str, *, commit: str, after: str) -> None:
        await self._ask(hooks.skip, key, source, commit=commit, after=after)

    @override
    async def reports(self, now: datetime, *, lease_seconds: float, limit: int) -> list[ReportRow]:
        return await self._ask(hooks.reports, now, lease_seconds=lease_seconds, limit=limit)

    @override
    async def report_again(self, row: ReportRow, next_at: datetime) -> None:
        await self._ask(hooks.report_again, row, next_at)

    @override
    async def reported(self, row: ReportRow) -> None:
        await self._ask(hooks.reported, row)

    @override
    async def unreported(self) -> int:
        return await self._ask(hooks.unreported)

    @override
    async def previews(self) -> list[PreviewRecord]:
        return await self._ask(hooks.previews)

    @override
    async def preview(self, team: str, application: str, number: int) -> PreviewRecord | None:
        return await self._ask(hooks.preview, team, application, number)

    @override
    async def want_preview(self, preview: PreviewRecord, *, instead_of: PreviewRecord | None) -> bool:
        return await self._ask(hooks.want, preview, instead_of=instead_of)

    @override
    async def backlog(self) -> tuple[int, datetime | None]:
        return await self._ask(outbox.backlog)

    @override
    async def _store(self, write: Write[T]) -> T:
        if self._writer is None:
            raise self._not_open()
        return await self._writer.write(write)

    async def _ask(self, question: Callable[..., Awaitable[T]], *arguments: object, **named: object) -> T:
        if self._readers is None:
            raise self._not_open()
        try:
            with unavailable("The ledger could not be asked"):
                return await question(self._readers, *arguments, **named)
        except LedgerUnavailableError as error:
            if self._readers is None:  # closed meanwhile: no database to look after
                raise self._not_open() from error
            raise

    def _committed(self, draft: Draft) -> None:
        self._heard({entry.request for entry in draft.history}, bool(draft.outbox))

    def _not_open(self) -> LedgerUnavailableError:
        return LedgerUnavailableError(f"The ledger {self._database.where} is not open.")


async def _closed(connections: Connections) -> None:
    """Without waiting for long: what was to be stored is stored."""
    try:
        async with asyncio.timeout(_FAREWELL):
            await connections.close()
    except AWAY:
        connections.terminate()
