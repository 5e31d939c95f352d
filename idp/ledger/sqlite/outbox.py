"""What the engine must still be told."""

import json
import sqlite3
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from idp.ledger import rows
from idp.ledger.records import OutboxAction, OutboxRow, RequestRecord
from idp.ledger.sqlite.values import time_text
from idp.ledger.sqlite.writing import Transaction
from idp.ledger.transitions import lane

_DUE: Final = (
    "next_at <= :now AND coalesce(leased_until <= :now, true) AND lane NOT IN (SELECT value FROM json_each(:busy))"
)


def add(transaction: Transaction, request: RequestRecord, action: OutboxAction) -> None:
    """One row for each request and action; one that is there already becomes due now."""
    now = time_text(transaction.now)
    transaction.connection.execute(
        "INSERT INTO outbox (request, action, lane, attempts, next_at, since) VALUES (?, ?, ?, 0, ?, ?)"
        " ON CONFLICT (request, action) DO UPDATE SET next_at = excluded.next_at",
        (request.id, action, lane(request, action), now, now),
    )
    transaction.outbox = True


def close(transaction: Transaction, request: str, actions: Collection[OutboxAction]) -> None:
    """Rows of these kinds are done."""
    for action in actions:
        transaction.connection.execute("DELETE FROM outbox WHERE request = ? AND action = ?", (request, action))


def put_off(transaction: Transaction, row: OutboxRow, next_at: datetime) -> None:
    """See Ledger.put_off."""
    transaction.connection.execute(
        "UPDATE outbox SET attempts = attempts + 1, next_at = ?, leased_until = NULL WHERE sequence = ?",
        (time_text(next_at), row.sequence),
    )


def any_due(connection: sqlite3.Connection, now: datetime, busy: Collection[str]) -> bool:
    """Whether taking would bring something: asked first, as a look costs no write."""
    values = {"now": time_text(now), "busy": json.dumps(list(busy))}
    found = connection.execute(f"SELECT 1 FROM outbox WHERE {_DUE} LIMIT 1", values)  # noqa: S608 - a constant
    return found.fetchone() is not None


def take(
    transaction: Transaction, now: datetime, *, lease_seconds: float, limit: int, busy: Collection[str]
) -> list[OutboxRow]:
    """See Ledger.due."""
    values = {
        "now": time_text(now),
        "busy": json.dumps(list(busy)),
        "until": time_text(now + timedelta(seconds=lease_seconds)),
        "limit": limit,
    }
    taken = transaction.connection.execute(
        "UPDATE outbox SET leased_until = :until WHERE sequence IN"  # noqa: S608 - a constant
        f" (SELECT sequence FROM outbox WHERE {_DUE} ORDER BY next_at, sequence LIMIT :limit) RETURNING *",
        values,
    )
    return sorted(map(rows.outbox_row, taken.fetchall()), key=lambda row: (row.next_at, row.sequence))


def prove(transaction: Transaction) -> None:
    """Write something of no meaning."""
    transaction.connection.execute(
        "INSERT INTO proof (one, at) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET at = excluded.at",
        (time_text(transaction.now),),
    )


def release(connection: sqlite3.Connection) -> None:
    """Nobody holds anything when the one process that could starts."""
    connection.execute("UPDATE outbox SET leased_until = NULL WHERE leased_until IS NOT NULL")


def backlog(connection: sqlite3.Connection) -> tuple[int, datetime | None]:
    """See Ledger.backlog."""
    count, since = connection.execute("SELECT count(*), min(since) FROM outbox").fetchone()
    return count, datetime.fromisoformat(since) if since else None
