"""Hooks of repositories, which deliveries were taken, and what git servers must be told."""

import sqlite3
from datetime import datetime, timedelta

from idp.ledger import rows
from idp.ledger.hooks import HookRecord, PreviewRecord, ReportRow, Taken
from idp.ledger.records import ResourceKey
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


def skipped(connection: sqlite3.Connection, key: ResourceKey, source: str) -> tuple[str, str] | None:
    """See Ledger.skipped."""
    found = connection.execute(
        "SELECT commit_id, after_request FROM skipped WHERE capability = ? AND team = ? AND name = ? AND source = ?",
        (key.capability, key.team, key.name, source),
    )
    row = found.fetchone()
    return (row["commit_id"], row["after_request"]) if row else None


def skip(transaction: Transaction, key: ResourceKey, source: str, *, commit: str, after: str) -> None:
    """See Ledger.skip."""
    transaction.connection.execute(
        "INSERT INTO skipped (capability, team, name, source, commit_id, after_request) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (capability, team, name, source)"
        " DO UPDATE SET commit_id = excluded.commit_id, after_request = excluded.after_request",
        (key.capability, key.team, key.name, source, commit, after),
    )


def report(transaction: Transaction, request: str) -> None:
    """One row for each request; one that is there already becomes due now."""
    transaction.connection.execute(
        "INSERT INTO report (request, attempts, next_at) VALUES (?, 0, ?)"
        " ON CONFLICT (request) DO UPDATE SET attempts = 0, next_at = excluded.next_at",
        (request, time_text(transaction.now)),
    )


def due(connection: sqlite3.Connection, now: datetime) -> bool:
    """Whether taking would bring something."""
    found = connection.execute(
        "SELECT 1 FROM report WHERE next_at <= :now AND coalesce(leased_until <= :now, true) LIMIT 1",
        {"now": time_text(now)},
    )
    return found.fetchone() is not None


def reports(transaction: Transaction, now: datetime, *, lease_seconds: float, limit: int) -> list[ReportRow]:
    """See Ledger.reports."""
    found = transaction.connection.execute(
        "UPDATE report SET leased_until = :until WHERE request IN (SELECT request FROM report"
        " WHERE next_at <= :now AND coalesce(leased_until <= :now, true) ORDER BY next_at, request LIMIT :limit)"
        " RETURNING *",
        {"now": time_text(now), "until": time_text(now + timedelta(seconds=lease_seconds)), "limit": limit},
    )
    return sorted(map(rows.report_row, found.fetchall()), key=lambda row: (row.next_at, row.request))


def report_again(transaction: Transaction, row: ReportRow, next_at: datetime) -> None:
    """See Ledger.report_again."""
    transaction.connection.execute(
        "UPDATE report SET attempts = attempts + 1, next_at = ?, leased_until = NULL WHERE request = ? AND next_at = ?",
        (time_text(next_at), row.request, time_text(row.next_at)),
    )
    _freed(transaction, row)


def reported(transaction: Transaction, row: ReportRow) -> None:
    """See Ledger.reported."""
    transaction.connection.execute(
        "DELETE FROM report WHERE request = ? AND next_at = ?", (row.request, time_text(row.next_at))
    )
    _freed(transaction, row)


def _freed(transaction: Transaction, row: ReportRow) -> None:
    """What is left of it became due again meanwhile."""
    transaction.connection.execute("UPDATE report SET leased_until = NULL WHERE request = ?", (row.request,))


def unreported(connection: sqlite3.Connection) -> int:
    """See Ledger.unreported."""
    count: int = connection.execute("SELECT count(*) FROM report").fetchone()[0]
    return count


def release(connection: sqlite3.Connection) -> None:
    """Nobody holds anything when the one process that could starts."""
    connection.execute("UPDATE report SET leased_until = NULL WHERE leased_until IS NOT NULL")


def previews(connection: sqlite3.Connection) -> list[PreviewRecord]:
    """See Ledger.previews."""
    found = connection.execute("SELECT * FROM preview WHERE state <> 'gone' ORDER BY team, application, number")
    return [rows.preview_record(row) for row in found.fetchall()]


def preview(connection: sqlite3.Connection, team: str, application: str, number: int) -> PreviewRecord | None:
    """See Ledger.preview."""
    found = connection.execute(
        "SELECT * FROM preview WHERE team = ? AND application = ? AND number = ?", (team, application, number)
    )
    row = found.fetchone()
    return rows.preview_record(row) if row else None


def want(transaction: Transaction, preview: PreviewRecord, *, instead_of: PreviewRecord | None) -> bool:
    """See Ledger.want_preview."""
    which = (preview.team, preview.application, preview.number)
    wanted = (preview.commit, preview.state)
    if instead_of is None:
        done = transaction.connection.execute(
            "INSERT INTO preview (team, application, number, commit_id, state) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT DO NOTHING",
            (*which, *wanted),
        )
    else:
        done = transaction.connection.execute(
            "UPDATE preview SET commit_id = ?, state = ?"
            " WHERE (team, application, number, commit_id, state) = (?, ?, ?, ?, ?)",
            (*wanted, *which, instead_of.commit, instead_of.state),
        )
    return done.rowcount == 1
