"""What both stores do alike: a write is an effect, stored together with its neighbours, and whoever waits learns of it."""

import asyncio
from abc import abstractmethod
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Generic, TypeVar

from typing_extensions import override

from idp.ledger import accepting, changing, needs
from idp.ledger.effects import Effect, View
from idp.ledger.following import Hub, followed
from idp.ledger.needs import Needs
from idp.ledger.protocol import Ledger
from idp.ledger.records import (
    Acceptance,
    Accepted,
    Change,
    Forgetting,
    HistoryEntry,
    HistoryKind,
    RequestRecord,
    ResourceKey,
    ResourceRecord,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Write(Generic[T]):
    """What it must see, and what it does."""

    needs: Needs
    work: Callable[[View], Effect[T]]


class GroupedLedger(Ledger):
    """A store brings `_store` and its questions."""

    def __init__(self) -> None:
        self._hub = Hub()
        self._work = asyncio.Event()

    @abstractmethod
    async def _store(self, write: Write[T]) -> T:
        """Carry it out together with all that waits; returns after COMMIT."""

    @override
    async def accept(self, acceptance: Acceptance) -> Accepted:
        work = partial(accepting.accept, acceptance=acceptance)
        return await self._store(Write(needs.of_acceptance(acceptance), work))

    @override
    async def adopt(self, acceptance: Acceptance, *, reason: str) -> ResourceRecord:
        work = partial(accepting.adopt, acceptance=acceptance, reason=reason)
        return await self._store(Write(needs.of_acceptance(acceptance), work))

    @override
    async def forget(self, forgetting: Forgetting) -> ResourceRecord:
        return await self._store(
            Write(needs.of_forgetting(forgetting), partial(changing.forget, forgetting=forgetting))
        )

    @override
    async def change(self, change: Change) -> RequestRecord | None:
        return await self._store(Write(needs.of_request(change.request), partial(changing.change, change=change)))

    @override
    async def permit(self, request: str, run_uid: str, *, step: str, digest: str) -> RequestRecord | None:
        work = partial(changing.permit, id_=request, run_uid=run_uid, step=step, digest=digest)
        return await self._store(Write(needs.of_request(request), work))

    @override
    async def record(self, request: str, entries: Collection[tuple[HistoryKind, Mapping[str, Any]]]) -> None:
        work = partial(changing.record, id_=request, entries=tuple(entries))
        await self._store(Write(needs.of_request(request), work))

    @override
    async def extend(self, key: ResourceKey, expires_at: datetime, *, by: str) -> ResourceRecord:
        work = partial(changing.extend, key=key, expires_at=expires_at, by=by)
        return await self._store(Write(needs.of_resource(key), work))

    @override
    def follow(self, request: str, *, after: int = 0) -> AsyncIterator[HistoryEntry]:
        return followed(self, self._hub, request, after)

    @override
    async def wait_for_work(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._work.wait()
        self._work.clear()

    def _heard(self, requests: Iterable[str], outbox: bool) -> None:  # noqa: FBT001 - the shape of a callback
        """There is new history of these, and an outbox row may have become due."""
        self._hub.notify(requests)
        if outbox:
            self._work.set()

    def _missed(self) -> None:
        """Anything may have happened: let everybody look."""
        self._hub.notify_all()
        self._work.set()
