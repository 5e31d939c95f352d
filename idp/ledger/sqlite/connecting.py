"""Connections and what each is set to."""

import sqlite3
from pathlib import Path


def writer(path: Path) -> sqlite3.Connection:
    """The one that writes; two threads use it, never at one time."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=256, timeout=1)
    connection.row_factory = sqlite3.Row
    settle(connection)
    return connection


def settle(connection: sqlite3.Connection) -> None:
    """What makes a commit durable and a reference true."""
    connection.execute("PRAGMA journal_mode = WAL")
    # FULL: NORMAL loses acknowledged commits with the power, and costs as much under group commit.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA wal_autocheckpoint = 4000")


def reader(path: Path) -> sqlite3.Connection:
    """One that cannot write. Each question sees the newest commit."""
    connection = sqlite3.connect(path, isolation_level=None, cached_statements=256, timeout=1)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA query_only = ON")
    return connection
