"""A draft into the tables, in one statement whatever the group's size: a question to the database costs more than a row."""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, Final

from idp.ledger import rows
from idp.ledger.postgresql.connecting import Connection
from idp.ledger.postgresql.draft import Draft
from idp.ledger.postgresql.values import arrays, unnested
from idp.ledger.transitions import lane
from idp.ledger.waiting import in_order

_OUTBOX_COLUMNS: Final = ["request", "action", "lane", "attempts", "next_at", "since"]
_NEWS_COLUMNS: Final = ["channel", "payload"]
_COLUMNS: Final = (
    rows.RESOURCE_COLUMNS,
    rows.REQUEST_COLUMNS,
    rows.DECISION_COLUMNS,
    rows.HISTORY_COLUMNS,
    _OUTBOX_COLUMNS,
    _NEWS_COLUMNS,
)


def _statement() -> str:
    """References are checked when all of it is done, so the order of its parts is that of reading."""
    before = [sum(map(len, _COLUMNS[:number])) for number in range(len(_COLUMNS))]
    resources, requests, decisions, history, outbox, news = (
        f"SELECT * FROM {unnested(columns, after=after)} AS new ({', '.join(columns)})"  # noqa: S608 - names of ours
        for columns, after in zip(_COLUMNS, before, strict=True)
    )
    return f"""
WITH resources AS (
    INSERT INTO resource ({", ".join(rows.RESOURCE_COLUMNS)}) {resources}
    ON CONFLICT (capability, team, name) DO UPDATE SET {_replaced(rows.RESOURCE_COLUMNS, "capability", "team", "name")}
), requests AS (
    INSERT INTO request ({", ".join(rows.REQUEST_COLUMNS)}) {requests}
    ON CONFLICT (id) DO UPDATE SET {_replaced(rows.REQUEST_COLUMNS, "id")}
), decisions AS (
    INSERT INTO decision ({", ".join(rows.DECISION_COLUMNS)}) {decisions}
), history AS (
    INSERT INTO history ({", ".join(rows.HISTORY_COLUMNS)}) {history}
), outbox AS (
    INSERT INTO outbox ({", ".join(_OUTBOX_COLUMNS)}) {outbox}
    ON CONFLICT (request, action) DO UPDATE SET next_at = excluded.next_at
)
SELECT pg_notify(channel, payload) FROM ({news}) AS news
"""  # noqa: S608 - names of ours


def _replaced(columns: Iterable[str], *keys: str) -> str:
    return ", ".join(f"{column} = excluded.{column}" for column in columns if column not in keys)


_STORE: Final = _statement()
_REPORT: Final = (
    "INSERT INTO report (request, attempts, next_at) SELECT id, 0, $2 FROM unnest($1::text[]) AS id"
    " ON CONFLICT (request) DO UPDATE SET attempts = 0, next_at = excluded.next_at"
)
_CLOSE: Final = "DELETE FROM outbox WHERE (request, action) IN (SELECT * FROM unnest($1::text[], $2::text[]))"


async def store(connection: Connection, draft: Draft, news: Iterable[tuple[str, str]]) -> None:
    """All of it, inside the transaction that read what it rests on; `news` is told once that is committed."""
    if draft.closed:
        await connection.execute(_CLOSE, *map(list, zip(*draft.closed, strict=True)))
    tables: tuple[Sequence[Sequence[Any]], ...] = (
        [rows.resource_values(each) for each in draft.resources.values()],
        [rows.request_values(each) for each in in_order(draft.requests.values())],
        [rows.decision_values(each, requester=requester) for each, requester in draft.decisions],
        [rows.history_values(each) for each in draft.history],
        [(each.id, action, lane(each, action), 0, draft.now, draft.now) for (_, action), each in draft.outbox.items()],
        list(news),
    )
    values = map(arrays, _COLUMNS, tables)
    if any(tables):
        await connection.execute(_STORE, *chain.from_iterable(values))
    if draft.reports:
        await connection.execute(_REPORT, sorted(draft.reports), draft.now)
