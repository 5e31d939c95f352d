"""What a write sees of the tables."""

import sqlite3
from datetime import datetime

from typing_extensions import override

from idp.ledger.effects import View
from idp.ledger.records import RequestRecord, ResourceKey, ResourceRecord
from idp.ledger.sqlite import reading


class ConnectionView(View):
    """Asks the connection that writes, and so sees what its transaction wrote already."""

    def __init__(self, connection: sqlite3.Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    @property
    @override
    def now(self) -> datetime:
        return self._now

    @override
    def request(self, id_: str) -> RequestRecord | None:
        return reading.request(self._connection, id_)

    @override
    def request_of_key(self, requester: str, idempotency_key: str) -> RequestRecord | None:
        return reading.request_of_key(self._connection, requester, idempotency_key)

    @override
    def resource(self, key: ResourceKey) -> ResourceRecord | None:
        return reading.resource(self._connection, key)

    @override
    def living(self, capability: str, team: str, *, but: str) -> int:
        return reading.living(self._connection, capability, team, but=but)

    @override
    def inhabitants(self, team: str, environment: str) -> int:
        return len(reading.inhabitants(self._connection, team, environment))

    @override
    def placed(self, key: ResourceKey) -> list[ResourceRecord]:
        return reading.placed(self._connection, key)

    @override
    def waiting(self, key: ResourceKey) -> list[RequestRecord]:
        return reading.waiting(self._connection, key)

    @override
    def last_sequence(self, request: str) -> int:
        return reading.last_sequence(self._connection, request)

    @override
    def newest_provision(self, key: ResourceKey) -> str | None:
        return reading.newest_provision(self._connection, key)

    @override
    def newest_of_source(self, key: ResourceKey, source: str) -> str | None:
        return reading.newest_of_source(self._connection, key, source)
