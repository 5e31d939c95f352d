"""What the engine is told about a request."""

from idp import names
from idp.events.body import EventBody
from idp.ledger.records import RequestRecord


def event(request: RequestRecord) -> EventBody:
    """The body of its event: the same each time."""
    key = request.key
    return EventBody(
        id=request.id,
        run=request.run,
        capability=request.capability,
        resource=names.resource(key.capability, key.team, key.name),
        verb=request.verb,
        team=key.team,
        requester=request.requester,
        approval=request.approval,
        issued_at=request.created_at.isoformat(),
        traceparent=request.traceparent,
        request=request.spec,
    )
