"""The ledger in PostgreSQL, for any number of servers at once: what decides is read under locks, and the database checks it again."""

from idp.ledger.postgresql.store import PostgresqlLedger

__all__ = ["PostgresqlLedger"]
