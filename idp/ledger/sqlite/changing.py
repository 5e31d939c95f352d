"""What happens to a request after it was accepted, inside a transaction."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from idp.errors import NotFoundError
from idp.ledger.records import Change, HistoryKind, RequestRecord, ResourceKey, ResourceRecord
from idp.ledger.refusals import permitted, refuse_own_decision
from idp.ledger.sqlite import outbox, reading
from idp.ledger.sqlite.storing import append_history, store_decision, store_request, store_resource
from idp.ledger.sqlite.writing import Transaction
from idp.ledger.transitions import request_after, resource_after, resource_permitted


def change(transaction: Transaction, change: Change) -> RequestRecord | None:
    """See Ledger.change."""
    before = _request(transaction, change.request)
    if not _holds(transaction, change, before):
        return None
    refuse_own_decision(change, before)
    after = request_after(before, change, transaction.now)
    store_request(transaction, after)
    if before.open and not after.open:
        _free(transaction, after)
        outbox.close(transaction, after.id, {"publish", "resume"})
    if change.decision:
        store_decision(transaction, change.decision, requester=before.requester)
    outbox.close(transaction, after.id, change.close_outbox)
    if change.outbox:
        outbox.add(transaction, after, change.outbox)
    append_history(transaction, after.id, change.history)
    return after


def permit(transaction: Transaction, id_: str, run_uid: str, *, step: str, digest: str) -> RequestRecord | None:
    """See Ledger.permit."""
    before = reading.request(transaction.connection, id_)
    if before is None or not permitted(before, run_uid, digest):
        return None
    after = replace(before, run_uid=run_uid, permitted=True)
    store_request(transaction, after)
    resource = _resource(transaction, after.key)
    store_resource(transaction, resource_permitted(after, resource))
    outbox.close(transaction, id_, {"publish"})
    append_history(transaction, id_, [("permitted", {"step": step, "digest": digest, "run_uid": run_uid})])
    return after


def record(transaction: Transaction, id_: str, entries: Collection[tuple[HistoryKind, Mapping[str, Any]]]) -> None:
    """See Ledger.record."""
    append_history(transaction, _request(transaction, id_).id, entries)


def extend(transaction: Transaction, key: ResourceKey, expires_at: datetime, by: str) -> ResourceRecord:
    """See Ledger.extend. The history of its newest provision tells who did."""
    resource = reading.resource(transaction.connection, key)
    if resource is None or resource.status == "removed":
        message = f"There is no {key.capability} {key.team}/{key.name} to extend."
        raise NotFoundError(message)
    extended = replace(resource, expires_at=expires_at, updated_at=transaction.now)
    store_resource(transaction, extended)
    newest = transaction.connection.execute(
        "SELECT max(id) FROM request WHERE verb = 'provision' AND key_capability = ? AND key_team = ? AND key_name = ?",
        (key.capability, key.team, key.name),
    ).fetchone()[0]
    append_history(transaction, newest, [("extended", {"by": by, "expires_at": expires_at.isoformat()})])
    return extended


def prove(transaction: Transaction) -> None:
    """Write something of no meaning."""
    transaction.connection.execute(
        "INSERT INTO proof (one, at) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET at = excluded.at",
        (transaction.now.isoformat(),),
    )


def _request(transaction: Transaction, id_: str) -> RequestRecord:
    found = reading.request(transaction.connection, id_)
    if found is None:
        message = f"There is no request {id_}."
        raise NotFoundError(message)
    return found


def _resource(transaction: Transaction, key: ResourceKey) -> ResourceRecord:
    found = reading.resource(transaction.connection, key)
    assert found is not None, key  # noqa: S101 - a foreign key of the request
    return found


def _holds(transaction: Transaction, change: Change, before: RequestRecord) -> bool:
    if before.phase not in change.phases:
        return False
    return change.after is None or change.after == reading.last_sequence(transaction.connection, before.id)


def _free(transaction: Transaction, request: RequestRecord) -> None:
    resource = _resource(transaction, request.key)
    store_resource(transaction, resource_after(request, resource, transaction.now))
