"""Hooks of repositories, and which deliveries were taken: one short statement each, beside the group commit."""

from datetime import datetime

from idp.ledger import rows
from idp.ledger.hooks import HookRecord, Taken
from idp.ledger.postgresql.connecting import Connections
from idp.ledger.postgresql.values import text


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
