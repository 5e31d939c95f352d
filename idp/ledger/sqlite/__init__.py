"""The ledger in one SQLite file, for one process: nothing to install, nothing to run beside the server."""

from idp.ledger.sqlite.store import SqliteLedger

__all__ = ["SqliteLedger"]
