"""Effects into the tables, inside a transaction."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final, TypeVar

from idp.ledger import rows
from idp.ledger.effects import Beside, Effect, Entries, View, numbered
from idp.ledger.records import Decision, RequestRecord, ResourceRecord
from idp.ledger.sqlite import hooks, outbox, reading
from idp.ledger.sqlite.values import bound
from idp.ledger.sqlite.viewing import ConnectionView
from idp.ledger.sqlite.writing import Transaction
from idp.ledger.waiting import in_order

T = TypeVar("T")


def carry_out(transaction: Transaction, work: Callable[[View], Effect[T]]) -> T:
    """Work out what one write does, and store it."""
    effect = work(ConnectionView(transaction.connection, transaction.now))
    # A resource refers to its open request, which refers to it: it is stored unlocked, and locked last.
    for resource in (*([effect.resource] if effect.resource else []), *effect.also):
        _store_resource(transaction, replace(resource, open_request=None))
    for request in in_order([*filter(None, [effect.request]), *(each.request for each in effect.beside)]):
        _store_request(transaction, request)
    if effect.request:
        outbox.close(transaction, effect.request.id, effect.close_outbox)
    if effect.resource and effect.resource.open_request:
        _lock_resource(transaction, effect.resource)
    if effect.request and effect.decision:
        _store_decision(transaction, effect.decision, effect.request)
    if effect.request and effect.outbox:
        outbox.add(transaction, effect.request, effect.outbox)
    if effect.history:
        _append_history(transaction, effect.history_of, effect.history)
    for each in effect.beside:
        _store_beside(transaction, each)
    for id_ in effect.report:
        hooks.report(transaction, id_)
    return effect.result


def _store_beside(transaction: Transaction, beside: Beside) -> None:
    if beside.outbox:
        outbox.add(transaction, beside.request, beside.outbox)
    _append_history(transaction, beside.request.id, beside.history)


def _insert(table: str, columns: Iterable[str]) -> str:
    columns = list(columns)
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608 - names of ours


def _upsert(table: str, columns: Iterable[str], keys: tuple[str, ...]) -> str:
    assignments = ", ".join(f"{column} = excluded.{column}" for column in columns if column not in keys)
    return f"{_insert(table, columns)} ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {assignments}"


_REQUEST: Final = _upsert("request", rows.REQUEST_COLUMNS, ("id",))
_RESOURCE: Final = _upsert("resource", rows.RESOURCE_COLUMNS, ("capability", "team", "name"))
_DECISION: Final = _insert("decision", rows.DECISION_COLUMNS)
_HISTORY: Final = _insert("history", rows.HISTORY_COLUMNS)


def _store_request(transaction: Transaction, record: RequestRecord) -> None:
    transaction.connection.execute(_REQUEST, bound(rows.request_values(record)))


def _store_resource(transaction: Transaction, record: ResourceRecord) -> None:
    transaction.connection.execute(_RESOURCE, bound(rows.resource_values(record)))


def _lock_resource(transaction: Transaction, record: ResourceRecord) -> None:
    transaction.connection.execute(
        "UPDATE resource SET open_request = ? WHERE capability = ? AND team = ? AND name = ?",
        (record.open_request, record.key.capability, record.key.team, record.key.name),
    )


def _store_decision(transaction: Transaction, decision: Decision, request: RequestRecord) -> None:
    values = rows.decision_values(decision, requester=request.requester)
    transaction.connection.execute(_DECISION, bound(values))


def _append_history(transaction: Transaction, request: str, entries: Entries) -> None:
    """After the last one, without a gap."""
    last = reading.last_sequence(transaction.connection, request)
    transaction.connection.executemany(
        _HISTORY,
        [bound(rows.history_values(entry)) for entry in numbered(entries, of=request, after=last, at=transaction.now)],
    )
    transaction.requests.add(request)
