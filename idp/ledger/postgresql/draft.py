"""What a group's writes see and store, in memory: read under locks before the first, stored after the last."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from typing_extensions import override

from idp import names
from idp.ledger.effects import Effect, Entries, View, numbered
from idp.ledger.records import (
    Decision,
    HistoryEntry,
    OutboxAction,
    RequestRecord,
    ResourceKey,
    ResourceRecord,
)
from idp.ledger.transitions import lives_in


def is_of(placement: ResourceKey, key: ResourceKey) -> bool:
    """Whether it is a placement of this resource."""
    named = placement.name.startswith(names.placement(key.name, ""))
    return named and (placement.capability, placement.team) == (names.placed(key.capability), key.team)


@dataclass(slots=True)
class Read:
    """What was read, kept up to date with what the group's earlier writes do."""

    requests: dict[str, RequestRecord] = field(default_factory=dict)
    locked: set[str] = field(default_factory=set)
    """Ids of requests that may change: no other transaction changes them now."""
    keys: dict[tuple[str, str], str] = field(default_factory=dict)
    """The request of a requester's Idempotency-Key."""
    resources: dict[ResourceKey, ResourceRecord] = field(default_factory=dict)
    sequences: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    """Last one of each request's history."""
    living: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    """Names of resources by capability and team."""
    inhabitants: dict[tuple[str, str], set[ResourceKey]] = field(default_factory=dict)
    """By team and environment."""
    newest: dict[ResourceKey, str] = field(default_factory=dict)
    """Provision of each resource."""
    newest_of_source: dict[tuple[ResourceKey, str], str] = field(default_factory=dict)
    """Request of each resource and source."""


class Draft(View):
    """Raises KeyError where a write looks at something it did not say it needs."""

    def __init__(self, read: Read, now: datetime) -> None:
        self._read = read
        self._now = now
        self.requests: dict[str, RequestRecord] = {}
        """New and changed ones."""
        self.resources: dict[ResourceKey, ResourceRecord] = {}
        """New and changed ones."""
        self.decisions: list[tuple[Decision, str]] = []
        """Each with the requester it is about."""
        self.history: list[HistoryEntry] = []
        self.closed: set[tuple[str, OutboxAction]] = set()
        """Outbox rows to remove, before the new ones are added."""
        self.outbox: dict[tuple[str, OutboxAction], RequestRecord] = {}
        """Outbox rows to add."""
        self.reports: set[str] = set()
        """Requests whose phase is news to a git server."""

    @property
    @override
    def now(self) -> datetime:
        return self._now

    @override
    def request(self, id_: str) -> RequestRecord | None:
        return self._read.requests.get(id_)

    @override
    def request_of_key(self, requester: str, idempotency_key: str) -> RequestRecord | None:
        id_ = self._read.keys.get((requester, idempotency_key))
        return self._read.requests[id_] if id_ else None

    @override
    def resource(self, key: ResourceKey) -> ResourceRecord | None:
        return self._read.resources.get(key)

    @override
    def living(self, capability: str, team: str, *, but: str) -> int:
        return len(self._read.living[capability, team] - {but})

    @override
    def inhabitants(self, team: str, environment: str) -> int:
        return len(self._read.inhabitants[team, environment])

    @override
    def placed(self, key: ResourceKey) -> list[ResourceRecord]:
        return [each for each in self._read.resources.values() if each.status != "removed" and is_of(each.key, key)]

    @override
    def waiting(self, key: ResourceKey) -> list[RequestRecord]:
        found = (each for each in self._read.requests.values() if each.waits_in and each.key == key)
        return sorted(found, key=lambda each: each.id)

    @override
    def last_sequence(self, request: str) -> int:
        return self._read.sequences[request]

    @override
    def newest_provision(self, key: ResourceKey) -> str | None:
        return self._read.newest.get(key)

    @override
    def newest_of_source(self, key: ResourceKey, source: str) -> str | None:
        return self._read.newest_of_source.get((key, source))

    def add(self, effect: Effect[Any]) -> None:
        """The next write sees it."""
        if effect.request:
            self._add_request(effect, effect.request)
        for resource in (*([effect.resource] if effect.resource else []), *effect.also):
            self._add_resource(resource)
        self._append(effect.history, of=effect.history_of)
        self.reports.update(effect.report)
        for each in effect.beside:
            self.requests[each.request.id] = self._read.requests[each.request.id] = each.request
            if each.outbox:
                self.outbox[each.request.id, each.outbox] = each.request
            self._append(each.history, of=each.request.id)

    def _append(self, entries: Entries, *, of: str) -> None:
        self.history += numbered(entries, of=of, after=self._read.sequences[of], at=self._now)
        self._read.sequences[of] += len(entries)

    def _add_request(self, effect: Effect[Any], request: RequestRecord) -> None:
        self.requests[request.id] = self._read.requests[request.id] = request
        if request.idempotency_key is not None:
            self._read.keys[request.requester, request.idempotency_key] = request.id
        if request.verb == "provision" and request.id > self._read.newest.get(request.key, ""):
            self._read.newest[request.key] = request.id
        if request.source and request.id > self._read.newest_of_source.get((request.key, request.source), ""):
            self._read.newest_of_source[request.key, request.source] = request.id
        if effect.decision:
            self.decisions.append((effect.decision, request.requester))
        for action in effect.close_outbox:
            self.closed.add((request.id, action))
            self.outbox.pop((request.id, action), None)
        if effect.outbox:
            self.outbox[request.id, effect.outbox] = request

    def _add_resource(self, resource: ResourceRecord) -> None:
        key, lives = resource.key, resource.status != "removed"
        self.resources[key] = self._read.resources[key] = resource
        names = self._read.living.get((key.capability, key.team))
        if names is not None:
            (names.add if lives else names.discard)(key.name)
        for (team, environment), there in self._read.inhabitants.items():
            at_home = key.team == team and lives_in(resource, environment)
            (there.add if at_home else there.discard)(key)
