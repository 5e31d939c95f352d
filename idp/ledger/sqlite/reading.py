"""Questions to the tables, each answered from what its connection sees."""

import json
import sqlite3
from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from idp import names
from idp.ledger import rows
from idp.ledger.records import (
    Decision,
    HistoryEntry,
    Page,
    RequestPhase,
    RequestRecord,
    ResourceKey,
    ResourceRecord,
)
from idp.ledger.sqlite.values import time_text

_KEY: Final = "capability = ? AND team = ? AND name = ?"


def request(connection: sqlite3.Connection, id_: str) -> RequestRecord | None:
    """None where there is none."""
    row = connection.execute("SELECT * FROM request WHERE id = ?", (id_,)).fetchone()
    return rows.request_record(row) if row else None


def request_of_key(connection: sqlite3.Connection, requester: str, key: str) -> RequestRecord | None:
    """The one request that was stored under it."""
    found = connection.execute("SELECT * FROM request WHERE requester = ? AND idempotency_key = ?", (requester, key))
    row = found.fetchone()
    return rows.request_record(row) if row else None


def requests(
    connection: sqlite3.Connection,
    page: Page,
    *,
    teams: Collection[str] | None,
    capability: str | None,
    key: ResourceKey | None,
    phases: Collection[RequestPhase] | None,
    source: str | None,
) -> list[RequestRecord]:
    """Newest first; None asks for all."""
    conditions: dict[str, Any] = {}
    if page.before is not None:
        conditions["id < ?"] = page.before
    if teams is not None:
        conditions["key_team IN (SELECT value FROM json_each(?))"] = json.dumps(list(teams))
    if capability is not None:
        conditions["capability = ?"] = capability
    if key is not None:
        conditions.update({"key_capability = ?": key.capability, "key_team = ?": key.team, "key_name = ?": key.name})
    if phases is not None:
        conditions["phase IN (SELECT value FROM json_each(?))"] = json.dumps(list(phases))
    if source is not None:
        conditions["source = ?"] = source
    found = _where(connection, "request", conditions, "ORDER BY id DESC", page.limit)
    return [rows.request_record(row) for row in found]


def resource(connection: sqlite3.Connection, key: ResourceKey) -> ResourceRecord | None:
    """Also a removed one."""
    found = connection.execute(
        f"SELECT * FROM resource WHERE {_KEY}",  # noqa: S608 - a constant
        (key.capability, key.team, key.name),
    )
    row = found.fetchone()
    return rows.resource_record(row) if row else None


def resources(
    connection: sqlite3.Connection, page: Page, *, capability: str, teams: Collection[str] | None, removed: bool
) -> list[ResourceRecord]:
    """By team and name."""
    conditions: dict[str, Any] = {"capability = ?": capability}
    if page.before is not None:
        team, _, name = page.before.partition("/")
        after = "(SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?))"
        conditions[f"(team, name) > {after}"] = json.dumps([[team, name]])
    if teams is not None:
        conditions["team IN (SELECT value FROM json_each(?))"] = json.dumps(list(teams))
    if not removed:
        conditions["status <> ?"] = "removed"
    found = _where(connection, "resource", conditions, "ORDER BY team, name", page.limit)
    return [rows.resource_record(row) for row in found]


def living(connection: sqlite3.Connection, capability: str, team: str, *, but: str) -> int:
    """Resources of the capability and team that are not removed, without the one named `but`."""
    found = connection.execute(
        "SELECT count(*) FROM resource WHERE capability = ? AND team = ? AND name <> ? AND status <> 'removed'",
        (capability, team, but),
    )
    count: int = found.fetchone()[0]
    return count


def inhabitants(connection: sqlite3.Connection, team: str, environment: str) -> list[ResourceRecord]:
    """See `transitions.lives_in`."""
    found = connection.execute(
        "SELECT * FROM resource WHERE team = ? AND ? IN (environment, json_extract(applied_spec, '$.environment'))"
        " AND status <> 'removed' ORDER BY capability, name",
        (team, environment),
    )
    return [rows.resource_record(row) for row in found.fetchall()]


def placed(connection: sqlite3.Connection, key: ResourceKey) -> list[ResourceRecord]:
    """Not removed, the placements of this resource: its name has neither `_` nor `%`."""
    found = connection.execute(
        "SELECT * FROM resource WHERE capability = ? AND team = ? AND name LIKE ? AND status <> 'removed' ORDER BY name",
        (names.placed(key.capability), key.team, names.placement(key.name, "%")),
    )
    return [rows.resource_record(row) for row in found.fetchall()]


def expired(connection: sqlite3.Connection, now: datetime) -> list[ResourceRecord]:
    """Not removed, no open request, the longest expired first."""
    found = connection.execute(
        "SELECT * FROM resource WHERE expires_at <= ? AND open_request IS NULL ORDER BY expires_at, capability, team, name",
        (time_text(now),),
    )
    return [rows.resource_record(row) for row in found.fetchall()]


def history(connection: sqlite3.Connection, id_: str, after: int) -> list[HistoryEntry]:
    """In order."""
    found = connection.execute(
        "SELECT * FROM history WHERE request = ? AND sequence > ? ORDER BY sequence", (id_, after)
    )
    return [rows.history_entry(row) for row in found.fetchall()]


def waiting(connection: sqlite3.Connection, key: ResourceKey) -> list[RequestRecord]:
    """Requests that wait for the resource, the oldest first."""
    found = connection.execute(
        "SELECT * FROM request WHERE waits_in IS NOT NULL AND key_capability = ? AND key_team = ? AND key_name = ?"
        " ORDER BY id",
        (key.capability, key.team, key.name),
    )
    return [rows.request_record(row) for row in found.fetchall()]


def last_sequence(connection: sqlite3.Connection, id_: str) -> int:
    """Of the request's history."""
    found = connection.execute("SELECT coalesce(max(sequence), 0) FROM history WHERE request = ?", (id_,))
    sequence: int = found.fetchone()[0]
    return sequence


def newest_provision(connection: sqlite3.Connection, key: ResourceKey) -> str | None:
    """Id of the newest request that made or changed the resource."""
    found = connection.execute(
        "SELECT max(id) FROM request WHERE verb = 'provision' AND key_capability = ? AND key_team = ? AND key_name = ?",
        (key.capability, key.team, key.name),
    )
    newest: str | None = found.fetchone()[0]
    return newest


def newest_of_source(connection: sqlite3.Connection, key: ResourceKey, source: str) -> str | None:
    """Id of the newest request about the resource that this source asked for."""
    found = connection.execute(
        "SELECT max(id) FROM request WHERE key_capability = ? AND key_team = ? AND key_name = ? AND source = ?",
        (key.capability, key.team, key.name, source),
    )
    newest: str | None = found.fetchone()[0]
    return newest


def decisions(connection: sqlite3.Connection, id_: str) -> list[Decision]:
    """In the order they were made."""
    found = connection.execute("SELECT * FROM decision WHERE request = ? ORDER BY sequence", (id_,))
    return [rows.decision(row) for row in found.fetchall()]


def _where(
    connection: sqlite3.Connection, table: str, conditions: dict[str, Any], order: str, limit: int
) -> list[sqlite3.Row]:
    """Conditions are texts of this module, each with one placeholder; the values are bound."""
    where = " AND ".join(conditions) or "true"
    sql = f"SELECT * FROM {table} WHERE {where} {order} LIMIT ?"  # noqa: S608 - see above
    return connection.execute(sql, (*conditions.values(), limit)).fetchall()
