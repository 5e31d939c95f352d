"""What writes must see. Said beforehand, a store with many writers can lock and read it at once, for a whole group of them."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from idp.ledger.records import Acceptance, Forgetting, ResourceKey

_NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class Needs:
    """Of one write, or of several."""

    requests: frozenset[str] = _NOTHING
    """Ids; their resources and the length of their history come with them."""
    keys: frozenset[tuple[str, str]] = frozenset()
    """Requester and Idempotency-Key."""
    resources: frozenset[ResourceKey] = frozenset()
    opened: frozenset[tuple[str, str]] = frozenset()
    """Capability and team in which a resource may come to be: only one transaction at a time does that."""
    counted: frozenset[tuple[str, str]] = frozenset()
    """Capability and team whose living resources count."""
    inhabited: frozenset[tuple[str, str]] = frozenset()
    """Team and environment."""
    placed: frozenset[ResourceKey] = frozenset()
    """Resources whose placements are looked at; those of a request that removes one come with it."""
    newest: frozenset[ResourceKey] = frozenset()
    """Of these the newest provision, and its history."""
    sources: frozenset[tuple[ResourceKey, str]] = frozenset()
    """Of these the newest request."""


def together(needs: Collection[Needs]) -> Needs:
    """What a group needs."""
    return Needs(
        requests=_NOTHING.union(*(each.requests for each in needs)),
        keys=frozenset[tuple[str, str]]().union(*(each.keys for each in needs)),
        resources=frozenset[ResourceKey]().union(*(each.resources for each in needs)),
        opened=frozenset[tuple[str, str]]().union(*(each.opened for each in needs)),
        counted=frozenset[tuple[str, str]]().union(*(each.counted for each in needs)),
        inhabited=frozenset[tuple[str, str]]().union(*(each.inhabited for each in needs)),
        placed=frozenset[ResourceKey]().union(*(each.placed for each in needs)),
        newest=frozenset[ResourceKey]().union(*(each.newest for each in needs)),
        sources=frozenset[tuple[ResourceKey, str]]().union(*(each.sources for each in needs)),
    )


def of_acceptance(acceptance: Acceptance) -> Needs:
    """See `accepting.accept`."""
    request, key = acceptance.request, acceptance.request.key
    owned = (key.capability, key.team)
    return Needs(
        keys=frozenset()
        if request.idempotency_key is None
        else frozenset({(request.requester, request.idempotency_key)}),
        resources=frozenset({key, *acceptance.must_be_ready}),
        placed=frozenset({key}) if request.verb == "deprovision" else frozenset(),
        opened=frozenset({owned}),
        counted=frozenset() if acceptance.quota is None else frozenset({owned}),
        inhabited=frozenset({(key.team, key.name)}) if acceptance.refuse_while_inhabited else frozenset(),
        sources=frozenset({(key, request.source)}) if request.source else frozenset(),
    )


def of_request(id_: str) -> Needs:
    """See `changing.change`, `permit` and `record`."""
    return Needs(requests=frozenset({id_}))


def of_resource(key: ResourceKey) -> Needs:
    """See `changing.extend`."""
    return Needs(resources=frozenset({key}), newest=frozenset({key}))


def of_forgetting(forgetting: Forgetting) -> Needs:
    """See `changing.forget`."""
    key = forgetting.key
    return replace(
        of_resource(key),
        placed=frozenset({key}),
        inhabited=frozenset({(key.team, key.name)}) if forgetting.refuse_while_inhabited else frozenset(),
    )
