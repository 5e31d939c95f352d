"""What happens to a request after it was accepted: pure, for every store."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from idp.errors import ConflictError, NotFoundError
from idp.ledger.effects import Beside, Effect, Entries, View
from idp.ledger.records import (
    OPEN_PHASES,
    Change,
    Forgetting,
    OutboxAction,
    RequestPhase,
    RequestRecord,
    ResourceKey,
    ResourceRecord,
)
from idp.ledger.refusals import permitted, refuse_forgetting, refuse_own_decision
from idp.ledger.transitions import (
    locks,
    placements_after,
    request_after,
    resource_after,
    resource_forgotten,
    resource_permitted,
)
from idp.ledger.waiting import news_for_git, turn

_OF_OPEN_REQUESTS: Final[frozenset[OutboxAction]] = frozenset({"publish", "resume"})
_OF_RUNS: Final[frozenset[RequestPhase]] = OPEN_PHASES - {"accepted"}
"""A request that waits has no run: whatever says so is wrong."""


def change(view: View, change: Change) -> Effect[RequestRecord | None]:
    """See Ledger.change."""
    before = _request(view, change.request)
    if not _holds(view, change, before):
        return Effect(result=None)
    refuse_own_decision(change, before)
    after = request_after(before, change, view.now)
    finished = before.open and not after.open
    resource, beside = _moved(view, before, after) if finished else (None, ())
    return Effect(
        result=after,
        request=after,
        resource=resource,
        also=placements_after(after, view.placed(after.key), view.now) if _removes(after) and finished else (),
        decision=change.decision,
        close_outbox=change.close_outbox | _OF_OPEN_REQUESTS if finished else change.close_outbox,
        outbox=None if before.waits_in else change.outbox,
        history=change.history,
        history_of=after.id,
        beside=beside,
        report=news_for_git([*([after] if after.phase != before.phase else []), *(each.request for each in beside)]),
    )


def permit(view: View, id_: str, run_uid: str, *, step: str, digest: str) -> Effect[RequestRecord | None]:
    """See Ledger.permit."""
    before = view.request(id_)
    if before is None or not permitted(before, run_uid, digest):
        return Effect(result=None)
    after = replace(before, run_uid=run_uid, permitted=True)
    return Effect(
        result=after,
        request=after,
        resource=resource_permitted(after, _resource(view, after.key)),
        close_outbox=frozenset({"publish"}),
        history=(("permitted", {"step": step, "digest": digest, "run_uid": run_uid}),),
        history_of=id_,
    )


def record(view: View, id_: str, entries: Entries) -> Effect[None]:
    """See Ledger.record."""
    return Effect(result=None, history=entries, history_of=_request(view, id_).id)


def extend(view: View, key: ResourceKey, expires_at: datetime, by: str) -> Effect[ResourceRecord]:
    """See Ledger.extend. The history of its newest provision tells who did."""
    resource, newest = view.resource(key), view.newest_provision(key)
    if resource is None or resource.status == "removed" or newest is None:
        message = f"There is no {key.capability} {key.team}/{key.name} to extend."
        raise NotFoundError(message)
    if resource.status == "removing":
        message = (
            f"{key.capability} {key.team}/{key.name} is being removed; cancel request {resource.open_request} first."
        )
        raise ConflictError(message)
    extended = replace(resource, expires_at=expires_at, updated_at=view.now)
    return Effect(
        result=extended,
        resource=extended,
        history=(("extended", {"by": by, "expires_at": expires_at.isoformat()}),),
        history_of=newest,
    )


def forget(view: View, forgetting: Forgetting) -> Effect[ResourceRecord]:
    """See Ledger.forget. The history of its newest provision tells who did."""
    key = forgetting.key
    inhabitants = view.inhabitants(key.team, key.name) if forgetting.refuse_while_inhabited else 0
    resource = refuse_forgetting(forgetting, view.resource(key), inhabitants)
    placed = view.placed(key)
    for each in placed:
        refuse_forgetting(replace(forgetting, key=each.key, refuse_while_inhabited=False), each, 0)
    left = {"state_key": forgetting.state_key, "outputs": resource.outputs}
    return Effect(
        result=resource,
        resource=resource_forgotten(resource, view.now),
        also=tuple(resource_forgotten(each, view.now) for each in placed),
        history=(("forgotten", {"by": forgetting.by, "reason": forgetting.reason, **left}),),
        history_of=view.newest_provision(key) or "",
    )


def _request(view: View, id_: str) -> RequestRecord:
    found = view.request(id_)
    if found is None:
        message = f"There is no request {id_}."
        raise NotFoundError(message)
    return found


def _resource(view: View, key: ResourceKey) -> ResourceRecord:
    found = view.resource(key)
    assert found is not None, key  # noqa: S101 - a foreign key of the request
    return found


def _removes(request: RequestRecord) -> bool:
    return request.verb == "deprovision"


def _moved(view: View, before: RequestRecord, after: RequestRecord) -> tuple[ResourceRecord | None, tuple[Beside, ...]]:
    """The resource once its request is finished, and whose turn it is then. One that only waited leaves it as it is."""
    if before.waits_in:
        return None, ()
    freed = resource_after(after, _resource(view, after.key), view.now)
    return turn(view, freed, after=after.id) if locks(after) else (freed, ())


def _holds(view: View, change: Change, before: RequestRecord) -> bool:
    if before.phase not in change.phases or (before.waits_in and change.phase in _OF_RUNS):
        return False
    return change.after is None or change.after == view.last_sequence(before.id)
