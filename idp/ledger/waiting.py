"""Who waits for a busy resource: the newest of each queue, and whose turn comes when it is free. Pure, for every store."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from idp import names
from idp.ledger.effects import Beside, Effect, View
from idp.ledger.records import Acceptance, Accepted, HistoryKind, RequestRecord, ResourceRecord, ResourceStatus


def acceptance_entry(request: RequestRecord) -> tuple[HistoryKind, Mapping[str, Any]]:
    """The first entry of its history. What only some requests have is said of those only."""
    told: dict[str, Any] = {
        "verb": request.verb,
        "requester": request.requester,
        "approval": request.approval,
        "rule": request.rule,
    }
    if request.source:
        told["source"] = request.source
    if request.carriers:
        told["carriers"] = list(request.carriers)
    return "accepted", told


def queued(view: View, acceptance: Acceptance, *, behind: str) -> Effect[Accepted]:
    """The request waits behind the open one; an older one of its queue is superseded, and what that carried is carried on."""
    older = [each for each in view.waiting(acceptance.request.key) if each.waits_in == acceptance.may_wait_in]
    carriers = sorted({name for each in (acceptance.request, *older) for name in each.carriers})
    request = replace(acceptance.request, waits_in=acceptance.may_wait_in, carriers=tuple(carriers))
    waits: dict[str, Any] = {"behind": behind, "superseded": [each.id for each in older]}
    return Effect(
        result=Accepted(request=request, replayed=False),
        request=request,
        history=(acceptance_entry(request), ("waiting", waits)),
        history_of=request.id,
        beside=tuple(_superseded(view, each, request) for each in older),
        report=news_for_git([request, *older]),
    )


def turn(view: View, freed: ResourceRecord, *, after: str) -> tuple[ResourceRecord, tuple[Beside, ...]]:
    """The resource that request `after` has left, with the next one that waits for it; nothing waits for what is removed."""
    waiting = view.waiting(freed.key)
    is_placed = names.is_placed(freed.key.capability)
    if freed.status == "removed" and not is_placed:
        return freed, tuple(_left_behind(view, each, freed) for each in waiting)
    if not waiting:
        return freed, ()
    first = replace(waiting[0], waits_in=None)
    admitted = Beside(request=first, history=(("admitted", {"after": after}),), outbox="publish")
    return replace(_taken_up(freed, first) if is_placed else freed, open_request=first.id), (admitted,)


def _taken_up(placement: ResourceRecord, request: RequestRecord) -> ResourceRecord:
    """As if the request were accepted now: it may be what makes the placement come to be, as nothing came of the one before."""
    begun: ResourceStatus = "provisioning" if placement.status == "removed" else "changing"
    return replace(placement, status=begun, was=placement.status, environment=request.spec["environment"])


def news_for_git(requests: Iterable[RequestRecord]) -> tuple[str, ...]:
    """Those that a repository asked for."""
    return tuple(each.id for each in requests if each.source)


def in_order(requests: Iterable[RequestRecord]) -> list[RequestRecord]:
    """As a store must write them: who leaves first, then who takes that place, then who takes a place in a queue."""
    return sorted(requests, key=lambda each: (each.open, each.waits_in is not None))


def _superseded(view: View, old: RequestRecord, new: RequestRecord) -> Beside:
    return _cancelled(
        view,
        old,
        f"Superseded by request {new.id}, which is newer. It was waiting: nothing was changed.",
        superseded_by=new.id,
    )


def _left_behind(view: View, request: RequestRecord, gone: ResourceRecord) -> Beside:
    key = gone.key
    return _cancelled(view, request, f"{key.capability} {key.team}/{key.name}, for which it waited, is removed.")


def _cancelled(view: View, request: RequestRecord, message: str, **told: str) -> Beside:
    """By nobody: it is what the platform itself makes of it."""
    ended = replace(request, phase="cancelled", waits_in=None, message=message, finished_at=view.now)
    return Beside(request=ended, history=(("cancelled", {"by": PLATFORM, "message": message, **told}),))


PLATFORM = "(platform)"
"""Who does what nobody asked for. Parentheses are in no legal `sub` of a token."""
