"""A draft into the tables: one statement for each table, whatever the group's size."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from idp.ledger import rows
from idp.ledger.postgresql.connecting import Connection
from idp.ledger.postgresql.draft import Draft
from idp.ledger.postgresql.values import arrays, unnested
from idp.ledger.transitions import lane

_ROW: Final = ["request", "action"]
_OUTBOX_COLUMNS: Final = ["request", "action", "lane", "next_at", "since"]


def _insert(table: str, columns: Sequence[str]) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT * FROM {unnested(columns)}"  # noqa: S608 - names of ours


def _upsert(table: str, columns: Sequence[str], keys: Iterable[str]) -> str:
    assignments = ", ".join(f"{column} = excluded.{column}" for column in columns if column not in keys)
    return f"{_insert(table, columns)} ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {assignments}"


_RESOURCES: Final = _upsert("resource", rows.RESOURCE_COLUMNS, ("capability", "team", "name"))
_REQUESTS: Final = _upsert("request", rows.REQUEST_COLUMNS, ("id",))
_DECISIONS: Final = _insert("decision", rows.DECISION_COLUMNS)
_HISTORY: Final = _insert("history", rows.HISTORY_COLUMNS)
_CLOSE: Final = f"DELETE FROM outbox WHERE (request, action) IN (SELECT * FROM {unnested(_ROW)})"  # noqa: S608 - names of ours
_OUTBOX: Final = (
    "INSERT INTO outbox (request, action, lane, attempts, next_at, since)"  # noqa: S608 - names of ours
    f" SELECT request, action, lane, 0, next_at, since FROM {unnested(_OUTBOX_COLUMNS)}"
    f" AS added ({', '.join(_OUTBOX_COLUMNS)})"
    " ON CONFLICT (request, action) DO UPDATE SET next_at = excluded.next_at"
)


async def store(connection: Connection, draft: Draft) -> None:
    """All of it, inside the transaction that read what it rests on."""
    resources = [rows.resource_values(each) for each in draft.resources.values()]
    requests = [rows.request_values(each) for each in draft.requests.values()]
    decisions = [rows.decision_values(each, requester=requester) for each, requester in draft.decisions]
    history = [rows.history_values(each) for each in draft.history]
    outbox = [(each.id, action, lane(each, action), draft.now, draft.now) for (_, action), each in draft.outbox.items()]
    await _execute(connection, _RESOURCES, rows.RESOURCE_COLUMNS, resources)
    await _execute(connection, _REQUESTS, rows.REQUEST_COLUMNS, requests)
    await _execute(connection, _DECISIONS, rows.DECISION_COLUMNS, decisions)
    await _execute(connection, _HISTORY, rows.HISTORY_COLUMNS, history)
    await _execute(connection, _CLOSE, _ROW, list(draft.closed))
    await _execute(connection, _OUTBOX, _OUTBOX_COLUMNS, outbox)


async def _execute(connection: Connection, sql: str, columns: list[str], values: list[tuple[Any, ...]]) -> None:
    if values:
        await connection.execute(sql, *arrays(columns, values))
