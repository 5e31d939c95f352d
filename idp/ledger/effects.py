"""What a write sees and what it stores: it is worked out purely, for every store, and carried out inside its transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from idp.ledger.records import (
    Decision,
    HistoryEntry,
    HistoryKind,
    OutboxAction,
    RequestRecord,
    ResourceKey,
    ResourceRecord,
)

T = TypeVar("T")

Entries = tuple[tuple[HistoryKind, Mapping[str, Any]], ...]


class View(Protocol):
    """What the store holds, the earlier writes of the same transaction included."""

    @property
    def now(self) -> datetime:
        """The time of everything that is stored in this transaction."""

    def request(self, id_: str) -> RequestRecord | None:
        """None where there is none."""

    def request_of_key(self, requester: str, idempotency_key: str) -> RequestRecord | None:
        """The one request that was stored under it."""

    def resource(self, key: ResourceKey) -> ResourceRecord | None:
        """Also a removed one."""

    def living(self, capability: str, team: str, *, but: str) -> int:
        """How many resources of the capability and team are not removed, without the one named `but`."""

    def inhabitants(self, team: str, environment: str) -> int:
        """How many resources that are not removed live there."""

    def placed(self, key: ResourceKey) -> list[ResourceRecord]:
        """Its placements that are not removed."""

    def waiting(self, key: ResourceKey) -> list[RequestRecord]:
        """Requests that wait for the resource, the oldest first."""

    def last_sequence(self, request: str) -> int:
        """Of the request's history; 0 where it has none."""

    def newest_provision(self, key: ResourceKey) -> str | None:
        """Id of the newest request that made or changed the resource."""

    def newest_of_source(self, key: ResourceKey, source: str) -> str | None:
        """Id of the newest request about the resource that this source asked for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Beside:
    """What happens to another request of the same resource: it is superseded, or its turn comes."""

    request: RequestRecord
    history: Entries
    outbox: OutboxAction | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Effect(Generic[T]):
    """What one write stores, all of it or none, and what its caller is told once it is stored."""

    result: T
    request: RequestRecord | None = None
    """New or changed."""
    resource: ResourceRecord | None = None
    """New or changed, together with its `open_request`."""
    also: tuple[ResourceRecord, ...] = ()
    """Placements that go with their resource; none has an open request."""
    decision: Decision | None = None
    """On `request`."""
    close_outbox: frozenset[OutboxAction] = frozenset()
    """Rows of `request` that are done."""
    outbox: OutboxAction | None = None
    """What the engine must be told of `request`; a row that is there already becomes due now."""
    history: Entries = ()
    history_of: str = ""
    """The request whose history goes on."""
    beside: tuple[Beside, ...] = ()
    report: tuple[str, ...] = ()
    """Requests whose phase is news to the git server that they come from."""


def numbered(entries: Entries, *, of: str, after: int, at: datetime) -> list[HistoryEntry]:
    """The entries as they stand in the history of request `of`, behind its entry `after`."""
    return [
        HistoryEntry(request=of, sequence=sequence, kind=kind, at=at, data=data)
        for sequence, (kind, data) in enumerate(entries, start=after + 1)
    ]
