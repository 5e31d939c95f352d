"""Brings the file's schema up to date, one numbered SQL file after another, each in a transaction."""

import sqlite3
from dataclasses import dataclass
from importlib.resources import files

from idp.ledger.protocol import LedgerUnavailableError

_TABLE = """
CREATE TABLE IF NOT EXISTS migration (
    number     INTEGER PRIMARY KEY,
    name       TEXT NOT NULL,
    applied_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT
"""


@dataclass(frozen=True, slots=True)
class Migration:
    """`0001_first.sql` is number 1, name `first`."""

    number: int
    name: str
    sql: str


def known() -> tuple[Migration, ...]:
    """The migrations this code brings, in order."""
    folder = files(__package__) / "migrations"
    return tuple(
        Migration(int(file.name[:4]), file.name[5:-4], file.read_text(encoding="utf-8"))
        for file in sorted(folder.iterdir(), key=lambda file: file.name)
        if file.name.endswith(".sql")
    )


def migrate(connection: sqlite3.Connection, migrations: tuple[Migration, ...]) -> None:
    """Apply what is missing; the caller holds the file's lock. Raises LedgerUnavailableError for a newer schema."""
    connection.execute(_TABLE)
    (at,) = connection.execute("SELECT coalesce(max(number), 0) FROM migration").fetchone()
    newest = migrations[-1].number
    if at > newest:
        message = (
            f"The ledger's schema is at {at}, and this version of idp knows it up to {newest}."
            " Start the version that wrote it, or a newer one."
        )
        raise LedgerUnavailableError(message)
    for migration in migrations:
        if migration.number > at:
            _apply(connection, migration)


def _apply(connection: sqlite3.Connection, migration: Migration) -> None:
    """Both in one script, as executescript commits what was open before it."""
    record = f"INSERT INTO migration (number, name) VALUES ({migration.number}, '{migration.name}')"  # noqa: S608 - of a file of ours
    try:
        connection.executescript(f"BEGIN IMMEDIATE;\n{migration.sql}\n{record};\nCOMMIT;")
    except sqlite3.Error:
        connection.rollback()
        raise
