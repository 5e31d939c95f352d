"""Hooks, which deliveries were taken, and what git servers must be told: one short statement each, beside the group commit."""

from datetime import datetime, timedelta

from idp.ledger import rows
from idp.ledger.hooks import HookRecord, PreviewRecord, ReportRow, Taken
from idp.ledger.postgresql.connecting import Connections
from idp.ledger.postgresql.values import text
from idp.ledger.records import ResourceKey


async def hooks(connections: Connections, repository: str) -> list[HookRecord]:
    """See Ledger.hooks."""
    found = await connections.fetch("SELECT * FROM hook WHERE repository = $1 ORDER BY team", text(repository))
    return [rows.hook_record(row) for row in found]


async def show(
    connections: Connections, now: datetime, *, team: str, repository: str, by: str, rotate: bool
) -> HookRecord | None:
    """See Ledger.show_hook."""
    row = await connections.fetchrow(
        "INSERT INTO hook (team, repository, generation, shown_by, shown_at) VALUES ($1, $2, 1, $3, $4)"
        " ON CONFLICT (repository, team) DO UPDATE"
        " SET generation = hook.generation + 1, shown_by = excluded.shown_by, shown_at = excluded.shown_at WHERE $5"
        " RETURNING *",
        team,
        repository,
        by,
        now,
        rotate,
    )
    return rows.hook_record(row) if row else None


async def taken(connections: Connections, hook: Taken) -> bool:
    """See Ledger.taken."""
    found = await connections.fetchval(
        "SELECT 1 FROM delivery WHERE forge = $1 AND repository = $2 AND (id = $3 OR body_sha256 = $4) LIMIT 1",
        hook.forge,
        hook.repository,
        text(hook.id),
        hook.body_sha256,
    )
    return found is not None


async def take(connections: Connections, now: datetime, hook: Taken) -> None:
    """See Ledger.take."""
    await connections.execute(
        "INSERT INTO delivery (forge, id, repository, body_sha256, at) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT DO NOTHING",
        hook.forge,
        text(hook.id),
        hook.repository,
        hook.body_sha256,
        now,
    )


async def skipped(connections: Connections, key: ResourceKey, source: str) -> tuple[str, str] | None:
    """See Ledger.skipped."""
    row = await connections.fetchrow(
        "SELECT commit_id, after_request FROM skipped WHERE capability = $1 AND team = $2 AND name = $3 AND source = $4",
        key.capability,
        key.team,
        key.name,
        source,
    )
    return (row["commit_id"], row["after_request"]) if row else None


async def skip(connections: Connections, key: ResourceKey, source: str, *, commit: str, after: str) -> None:
    """See Ledger.skip."""
    await connections.execute(
        "INSERT INTO skipped (capability, team, name, source, commit_id, after_request) VALUES ($1, $2, $3, $4, $5, $6)"
        " ON CONFLICT (capability, team, name, source)"
        " DO UPDATE SET commit_id = excluded.commit_id, after_request = excluded.after_request",
        key.capability,
        key.team,
        key.name,
        source,
        commit,
        after,
    )


async def reports(connections: Connections, now: datetime, *, lease_seconds: float, limit: int) -> list[ReportRow]:
    """See Ledger.reports."""
    found = await connections.fetch(
        "UPDATE report SET leased_until = $1 WHERE request = ANY (ARRAY(SELECT request FROM report"  # as in outbox
        " WHERE next_at <= $2 AND (leased_until IS NULL OR leased_until <= $2)"
        " ORDER BY next_at, request LIMIT $3 FOR UPDATE SKIP LOCKED)) RETURNING *",
        now + timedelta(seconds=lease_seconds),
        now,
        limit,
    )
    return sorted(map(rows.report_row, found), key=lambda row: (row.next_at, row.request))


async def report_again(connections: Connections, row: ReportRow, next_at: datetime) -> None:
    """See Ledger.report_again. What became due again meanwhile is due now."""
    await connections.execute(
        "UPDATE report SET leased_until = NULL,"
        " attempts = CASE WHEN next_at = $2 THEN attempts + 1 ELSE attempts END,"
        " next_at = CASE WHEN next_at = $2 THEN $3 ELSE next_at END WHERE request = $1",
        row.request,
        row.next_at,
        next_at,
    )


async def reported(connections: Connections, row: ReportRow) -> None:
    """See Ledger.reported. What became due again meanwhile is due now."""
    await connections.execute(
        "WITH done AS (DELETE FROM report WHERE request = $1 AND next_at = $2)"
        " UPDATE report SET leased_until = NULL WHERE request = $1 AND next_at <> $2",
        row.request,
        row.next_at,
    )


async def unreported(connections: Connections) -> int:
    """See Ledger.unreported."""
    count: int = await connections.fetchval("SELECT count(*) FROM report")
    return count


async def previews(connections: Connections) -> list[PreviewRecord]:
    """See Ledger.previews."""
    found = await connections.fetch("SELECT * FROM preview WHERE state <> 'gone' ORDER BY team, application, number")
    return [rows.preview_record(row) for row in found]


async def preview(connections: Connections, team: str, application: str, number: int) -> PreviewRecord | None:
    """See Ledger.preview."""
    row = await connections.fetchrow(
        "SELECT * FROM preview WHERE team = $1 AND application = $2 AND number = $3", team, application, number
    )
    return rows.preview_record(row) if row else None


async def want(connections: Connections, preview: PreviewRecord, *, instead_of: PreviewRecord | None) -> bool:
    """See Ledger.want_preview."""
    wanted = (preview.team, preview.application, preview.number, preview.commit, preview.state)
    if instead_of is None:
        done = await connections.fetchval(
            "INSERT INTO preview (team, application, number, commit_id, state) VALUES ($1, $2, $3, $4, $5)"
            " ON CONFLICT DO NOTHING RETURNING true",
            *wanted,
        )
    else:
        done = await connections.fetchval(
            "UPDATE preview SET commit_id = $4, state = $5"
            " WHERE (team, application, number, commit_id, state) = ($1, $2, $3, $6, $7) RETURNING true",
            *wanted,
            instead_of.commit,
            instead_of.state,
        )
    return done is not None
