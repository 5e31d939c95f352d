"""Brings the file's schema up to date, one migration after another, each in a transaction."""

import sqlite3

from idp.ledger.migrations import Migration, missing

_TABLE = """
CREATE TABLE IF NOT EXISTS migration (
    number     INTEGER PRIMARY KEY,
    name       TEXT NOT NULL,
    applied_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT
"""


def migrate(connection: sqlite3.Connection, migrations: tuple[Migration, ...]) -> None:
    """Apply what is missing; the caller holds the file's lock. Raises LedgerUnavailableError for a newer schema."""
    connection.execute(_TABLE)
    (at,) = connection.execute("SELECT coalesce(max(number), 0) FROM migration").fetchone()
    for migration in missing(at, migrations):
        _apply(connection, migration)


def _apply(connection: sqlite3.Connection, migration: Migration) -> None:
    """Both in one script, as executescript commits what was open before it."""
    record = f"INSERT INTO migration (number, name) VALUES ({migration.number}, '{migration.name}')"  # noqa: S608 - of a file of ours
    try:
        connection.executescript(f"BEGIN IMMEDIATE;\n{migration.sql}\n{record};\nCOMMIT;")
    except sqlite3.Error:
        connection.rollback()
        raise
