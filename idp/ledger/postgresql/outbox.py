"""What the engine must still be told: one short statement each, beside the group commit."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from idp.ledger import rows
from idp.ledger.postgresql.connecting import Connections
from idp.ledger.records import OutboxAction, OutboxRow

_TAKE: Final = """
UPDATE outbox SET leased_by = $1, leased_until = $2 WHERE sequence = ANY (ARRAY(
    SELECT sequence FROM outbox
    WHERE next_at <= $3 AND (leased_until IS NULL OR leased_until <= $3) AND lane <> ALL ($4::text[])
    ORDER BY next_at, sequence LIMIT $5
    FOR UPDATE SKIP LOCKED
))
RETURNING *
"""
"""As an array it is asked once. With IN, a table that the planner thinks empty is joined by asking again for each of its
rows, which gives so many other rows each time as the LIMIT says.
"""


async def take(
    connections: Connections, holder: str, now: datetime, *, lease_seconds: float, limit: int, busy: Collection[str]
) -> list[OutboxRow]:
    """See Ledger.due."""
    until = now + timedelta(seconds=lease_seconds)
    taken = await connections.fetch(_TAKE, holder, until, now, list(busy), limit)
    return sorted(map(rows.outbox_row, taken), key=lambda row: (row.next_at, row.sequence))


async def put_off(connections: Connections, row: OutboxRow, next_at: datetime) -> None:
    """See Ledger.put_off."""
    await connections.execute(
        "UPDATE outbox SET attempts = attempts + 1, next_at = $2, leased_by = NULL, leased_until = NULL"
        " WHERE sequence = $1",
        row.sequence,
        next_at,
    )


async def close(connections: Connections, request: str, action: OutboxAction) -> None:
    """The row is done."""
    await connections.execute("DELETE FROM outbox WHERE request = $1 AND action = $2", request, action)


async def release(connections: Connections, holder: str) -> None:
    """Whoever ends holds nothing any more. What a killed server held comes again when its lease ends."""
    await connections.execute("UPDATE outbox SET leased_by = NULL, leased_until = NULL WHERE leased_by = $1", holder)


async def backlog(connections: Connections) -> tuple[int, datetime | None]:
    """See Ledger.backlog."""
    (found,) = await connections.fetch("SELECT count(*), min(since) AS since FROM outbox")
    return found["count"], found["since"]


async def prove(connections: Connections, now: datetime) -> None:
    """Write something of no meaning."""
    await connections.execute(
        "INSERT INTO proof (one, at) VALUES (1, $1) ON CONFLICT (one) DO UPDATE SET at = excluded.at", now
    )
