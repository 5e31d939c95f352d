"""Questions to the tables, each answered from what is committed."""

from collections.abc import Collection
from datetime import datetime

import asyncpg

from idp.ledger import rows
from idp.ledger.postgresql.connecting import Connections
from idp.ledger.postgresql.values import asked, quoted
from idp.ledger.records import (
    Decision,
    HistoryEntry,
    Page,
    RequestPhase,
    RequestRecord,
    ResourceKey,
    ResourceRecord,
)
from idp.ledger.transitions import lives_in


async def request(connections: Connections, id_: str) -> RequestRecord | None:
    """None where there is none."""
    found = await _fetch(connections, "SELECT * FROM request WHERE id = $1", id_)
    return rows.request_record(found[0]) if found else None


async def requests(
    connections: Connections,
    page: Page,
    *,
    teams: Collection[str] | None,
    capability: str | None,
    key: ResourceKey | None,
    phases: Collection[RequestPhase] | None,
    source: str | None,
) -> list[RequestRecord]:
    """Newest first; None asks for all."""
    where = _Where()
    if page.before is not None:
        where.add("id < {}", page.before)
    if teams is not None:
        where.add("key_team = ANY ({}::text[])", list(teams))
    if capability is not None:
        where.add("capability = {}", capability)
    if key is not None:
        where.add("(key_capability, key_team, key_name) = ({}, {}, {})", key.capability, key.team, key.name)
    if phases is not None:
        where.add("phase = ANY ({}::text[])", list(phases))
    if source is not None:
        where.add("source = {}", source)
    found = await where.fetch(connections, "SELECT * FROM request", "ORDER BY id DESC", page.limit)
    return [rows.request_record(row) for row in found]


async def resource(connections: Connections, key: ResourceKey) -> ResourceRecord | None:
    """Also a removed one."""
    sql = "SELECT * FROM resource WHERE capability = $1 AND team = $2 AND name = $3"
    found = await _fetch(connections, sql, key.capability, key.team, key.name)
    return rows.resource_record(found[0]) if found else None


async def resources(
    connections: Connections, page: Page, *, capability: str, teams: Collection[str] | None, removed: bool
) -> list[ResourceRecord]:
    """By team and name."""
    where = _Where()
    where.add("capability = {}", capability)
    if page.before is not None:
        team, _, name = page.before.partition("/")
        where.add("(team, name) > ({}, {})", team, name)
    if teams is not None:
        where.add("team = ANY ({}::text[])", list(teams))
    if not removed:
        where.add("status <> 'removed'")
    found = await where.fetch(connections, "SELECT * FROM resource", "ORDER BY team, name", page.limit)
    return [rows.resource_record(row) for row in found]


async def inhabitants(connections: Connections, team: str, environment: str) -> list[ResourceRecord]:
    """See `transitions.lives_in`."""
    found = await _fetch(
        connections,
        "SELECT * FROM resource WHERE team = $1 AND (environment = $2 OR strpos(applied_spec::text, $3) > 0)"
        " AND status <> 'removed' ORDER BY capability, name",
        team,
        environment,
        quoted(environment),
    )
    return [each for each in map(rows.resource_record, found) if lives_in(each, environment)]


async def expired(connections: Connections, now: datetime) -> list[ResourceRecord]:
    """Not removed, no open request, the longest expired first."""
    found = await _fetch(
        connections,
        "SELECT * FROM resource WHERE expires_at <= $1 AND open_request IS NULL"
        " ORDER BY expires_at, capability, team, name",
        now,
    )
    return [rows.resource_record(row) for row in found]


async def history(connections: Connections, id_: str, after: int) -> list[HistoryEntry]:
    """In order."""
    sql = "SELECT * FROM history WHERE request = $1 AND sequence > $2 ORDER BY sequence"
    return [rows.history_entry(row) for row in await _fetch(connections, sql, id_, after)]


async def decisions(connections: Connections, id_: str) -> list[Decision]:
    """In the order they were made."""
    sql = "SELECT * FROM decision WHERE request = $1 ORDER BY sequence"
    return [rows.decision(row) for row in await _fetch(connections, sql, id_)]


class _Where:
    """Conditions are texts of this module; each `{}` in them becomes the number of a bound value."""

    def __init__(self) -> None:
        self._conditions: list[str] = []
        self._values: list[object] = []

    def add(self, condition: str, *values: object) -> None:
        numbers = range(len(self._values) + 1, len(self._values) + len(values) + 1)
        self._conditions.append(condition.format(*(f"${number}" for number in numbers)))
        self._values += values

    async def fetch(self, connections: Connections, select: str, order: str, limit: int) -> list[asyncpg.Record]:
        conditions = " AND ".join(self._conditions) or "true"
        sql = f"{select} WHERE {conditions} {order} LIMIT ${len(self._values) + 1}"
        return await _fetch(connections, sql, *self._values, limit)


async def _fetch(connections: Connections, sql: str, *values: object) -> list[asyncpg.Record]:
    return await connections.fetch(sql, *map(asked, values))
