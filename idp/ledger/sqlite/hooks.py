"""Hooks of repositories, and which deliveries were taken."""

import sqlite3

from idp.ledger import rows
from idp.ledger.hooks import HookRecord, Taken
from idp.ledger.sqlite.values import time_text
from idp.ledger.sqlite.writing import Transaction


def hooks(connection: sqlite3.Connection, repository: str) -> list[HookRecord]:
    """See Ledger.hooks."""
    found = connection.execute("SELECT * FROM hook WHERE repository = ? ORDER BY team", (repository,))
    return [rows.hook_record(row) for row in found.fetchall()]


def show(transaction: Transaction, *, team: str, repository: str, by: str, rotate: bool) -> HookRecord | None:
    """See Ledger.show_hook."""
    found = transaction.connection.execute(
        "INSERT INTO hook (team, repository, generation, shown_by, shown_at) VALUES (:team, :repository, 1, :by, :at)"
        " ON CONFLICT (repository, team) DO UPDATE"
        " SET generation = generation + 1, shown_by = excluded.shown_by, shown_at = excluded.shown_at WHERE :rotate"
        " RETURNING *",
        {"team": team, "repository": repository, "by": by, "at": time_text(transaction.now), "rotate": rotate},
    )
    row = found.fetchone()
    return rows.hook_record(row) if row else None


def taken(connection: sqlite3.Connection, hook: Taken) -> bool:
    """See Ledger.taken."""
    found = connection.execute(
        "SELECT 1 FROM delivery WHERE forge = ? AND repository = ? AND (id = ? OR body_sha256 = ?)",
        (hook.forge, hook.repository, hook.id, hook.body_sha256),
    )
    return found.fetchone() is not None


def take(transaction: Transaction, hook: Taken) -> None:
    """See Ledger.take."""
    transaction.connection.execute(
        "INSERT INTO delivery (forge, id, repository, body_sha256, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (hook.forge, hook.id, hook.repository, hook.body_sha256, time_text(transaction.now)),
    )
