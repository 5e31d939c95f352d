"""One accepted request, with all that belongs to it: pure, for every store."""

from dataclasses import replace

from idp.ledger.effects import Effect, View
from idp.ledger.records import Acceptance, Accepted, RequestRecord, ResourceRecord
from idp.ledger.refusals import Standing, refuse_violation, replayed
from idp.ledger.transitions import locks, resource_accepted, resource_adopted
from idp.ledger.waiting import acceptance_entry, news_for_git, queued


def accept(view: View, acceptance: Acceptance) -> Effect[Accepted]:
    """See Ledger.accept."""
    request = acceptance.request
    if first := _first(view, request):
        return Effect(result=Accepted(request=replayed(first, request), replayed=True))
    before = _before(view, acceptance)
    if before and before.open_request and locks(request):
        return queued(view, acceptance, behind=before.open_request)
    return Effect(
        result=Accepted(request=request, replayed=False),
        request=request,
        resource=_locked(acceptance, before),
        outbox="publish",
        history=(acceptance_entry(request),),
        history_of=request.id,
        report=news_for_git([request]),
    )


def adopt(view: View, acceptance: Acceptance, reason: str) -> Effect[ResourceRecord]:
    """See Ledger.adopt."""
    request, wanted = acceptance.request, acceptance.resource
    assert wanted is not None, request  # noqa: S101 - there is nothing else to adopt
    adopted = resource_adopted(request, wanted, _before(view, acceptance))
    return Effect(
        result=adopted,
        request=request,
        resource=adopted,
        history=(("adopted", {"by": request.requester, "reason": reason}),),
        history_of=request.id,
    )


def _first(view: View, request: RequestRecord) -> RequestRecord | None:
    if request.idempotency_key is None:
        return None
    return view.request_of_key(request.requester, request.idempotency_key)


def _before(view: View, acceptance: Acceptance) -> ResourceRecord | None:
    """The resource as it stands. Raises what `refuse_violation` does."""
    standing = _standing(view, acceptance)
    refuse_violation(acceptance, standing)
    return standing.before


def _standing(view: View, acceptance: Acceptance) -> Standing:
    key, source = acceptance.request.key, acceptance.request.source
    return Standing(
        before=view.resource(key),
        needed=tuple(view.resource(each) for each in acceptance.must_be_ready),
        placed=tuple(view.placed(key)) if acceptance.request.verb == "deprovision" else (),
        others=0 if acceptance.quota is None else view.living(key.capability, key.team, but=key.name),
        inhabitants=view.inhabitants(key.team, key.name) if acceptance.refuse_while_inhabited else 0,
        newest_of_source=view.newest_of_source(key, source) if source else None,
    )


def _locked(acceptance: Acceptance, before: ResourceRecord | None) -> ResourceRecord | None:
    """The resource with its open request; None for an inspection, which opens none."""
    request, resource = acceptance.request, before
    if acceptance.resource:
        resource = resource_accepted(request, acceptance.resource, before)
    return replace(resource, open_request=request.id) if resource and locks(request) else None
