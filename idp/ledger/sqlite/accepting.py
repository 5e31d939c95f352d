"""One accepted request, with all that belongs to it, inside a transaction."""

from dataclasses import replace

from idp.ledger.records import Acceptance, Accepted, RequestRecord
from idp.ledger.refusals import Standing, refuse_violation, replayed
from idp.ledger.sqlite import outbox, reading
from idp.ledger.sqlite.storing import append_history, lock_resource, store_request, store_resource
from idp.ledger.sqlite.writing import Transaction
from idp.ledger.transitions import locks, resource_accepted


def accept(transaction: Transaction, acceptance: Acceptance) -> Accepted:
    """See Ledger.accept."""
    request = acceptance.request
    if first := _first(transaction, request):
        return Accepted(request=replayed(first, request), replayed=True)
    standing = _standing(transaction, acceptance)
    refuse_violation(acceptance, standing)
    resource = standing.before
    if acceptance.resource:
        resource = replace(resource_accepted(request, acceptance.resource, standing.before), open_request=None)
        store_resource(transaction, resource)
    store_request(transaction, request)
    if resource and locks(request):
        # Only now: the resource refers to the request, which refers to it.
        lock_resource(transaction, resource.key, request.id)
    append_history(transaction, request.id, [("accepted", _accepted(request))])
    outbox.add(transaction, request, "publish")
    return Accepted(request=request, replayed=False)


def _first(transaction: Transaction, request: RequestRecord) -> RequestRecord | None:
    if request.idempotency_key is None:
        return None
    return reading.request_by_idempotency_key(transaction.connection, request.requester, request.idempotency_key)


def _standing(transaction: Transaction, acceptance: Acceptance) -> Standing:
    connection, key = transaction.connection, acceptance.request.key
    needed = acceptance.must_be_ready
    return Standing(
        before=reading.resource(connection, key),
        needed=reading.resource(connection, needed) if needed else None,
        others=0 if acceptance.quota is None else reading.living(connection, key.capability, key.team, but=key.name),
        inhabitants=(
            len(reading.inhabitants(connection, key.team, key.name)) if acceptance.refuse_while_inhabited else 0
        ),
    )


def _accepted(request: RequestRecord) -> dict[str, str]:
    return {
        "verb": request.verb,
        "requester": request.requester,
        "approval": request.approval,
        "rule": request.rule,
    }
