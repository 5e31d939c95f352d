"""Records into the tables, inside a transaction."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from idp.ledger.records import Decision, HistoryKind, RequestRecord, ResourceKey, ResourceRecord
from idp.ledger.sqlite import reading, rows
from idp.ledger.sqlite.writing import Transaction


def _assignments(columns: Iterable[str], keys: Iterable[str]) -> str:
    return ", ".join(f"{column} = excluded.{column}" for column in columns if column not in keys)


def _upsert(table: str, columns: list[str], keys: tuple[str, ...]) -> str:
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608 - names of ours
        f" ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {_assignments(columns, keys)}"
    )


_REQUEST: Final = _upsert("request", rows.REQUEST_COLUMNS, ("id",))
_RESOURCE: Final = _upsert("resource", rows.RESOURCE_COLUMNS, ("capability", "team", "name"))


def store_request(transaction: Transaction, record: RequestRecord) -> None:
    """New or changed."""
    transaction.connection.execute(_REQUEST, rows.request_values(record))


def store_resource(transaction: Transaction, record: ResourceRecord) -> None:
    """New or changed."""
    transaction.connection.execute(_RESOURCE, rows.resource_values(record))


def lock_resource(transaction: Transaction, key: ResourceKey, request: str) -> None:
    """By its one open request, which is stored."""
    transaction.connection.execute(
        "UPDATE resource SET open_request = ? WHERE capability = ? AND team = ? AND name = ?",
        (request, key.capability, key.team, key.name),
    )


def store_decision(transaction: Transaction, decision: Decision, *, requester: str) -> None:
    """The row carries the requester, so that a constraint can tell the two apart."""
    transaction.connection.execute(
        "INSERT INTO decision (request, requester, by, verdict, digest, comment, at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            decision.request,
            requester,
            decision.by,
            decision.verdict,
            decision.digest,
            decision.comment,
            rows.time_text(decision.at),
        ),
    )


def append_history(
    transaction: Transaction, request: str, entries: Iterable[tuple[HistoryKind, Mapping[str, Any]]]
) -> None:
    """After the last one, without a gap."""
    last = reading.last_sequence(transaction.connection, request)
    at = rows.time_text(transaction.now)
    transaction.connection.executemany(
        "INSERT INTO history (request, sequence, kind, at, data) VALUES (?, ?, ?, ?, ?)",
        [
            (request, sequence, kind, at, rows.json_text(data))
            for sequence, (kind, data) in enumerate(entries, start=last + 1)
        ],
    )
    transaction.requests.add(request)
