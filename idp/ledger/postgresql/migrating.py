"""Brings the schema up to date: one server migrates, another that starts meanwhile waits for it."""

from typing import Final

from idp.ledger.migrations import Migration, missing
from idp.ledger.postgresql.connecting import Connection

_LOCK: Final = 0x1D9_1ED6E5
"""Any number that no other program takes."""
_SECONDS: Final = 3600.0
"""A migration, or another server's, takes the time it takes."""
_TABLE: Final = """
CREATE TABLE IF NOT EXISTS migration (
    number     integer PRIMARY KEY,
    name       text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)
"""


async def migrate(connection: Connection, migrations: tuple[Migration, ...]) -> None:
    """Apply what is missing, all of it or nothing. Raises LedgerUnavailableError for a newer schema."""
    async with connection.transaction():
        await connection.execute("SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0")
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK, timeout=_SECONDS)
        await connection.execute(_TABLE)
        at = await connection.fetchval("SELECT coalesce(max(number), 0) FROM migration")
        for migration in missing(at, migrations):
            await connection.execute(migration.sql, timeout=_SECONDS)
            await connection.execute(
                "INSERT INTO migration (number, name) VALUES ($1, $2)", migration.number, migration.name
            )
