"""One process writes: a second writer would block the first one's event loop."""

import fcntl
import os
from pathlib import Path
from typing import IO

from idp.ledger.protocol import LedgerUnavailableError


def locked(path: Path) -> IO[str]:
    """Take the lock beside the file `path`; it is held until what is returned is closed, or the process ends.

    A file of its own: closing a second descriptor of the database would drop SQLite's own locks in this process.
    Raises LedgerUnavailableError where another process holds it.
    """
    lock = path.with_name(path.name + ".lock").open("a+", encoding="ascii")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.seek(0)
        holder = lock.read().strip() or "unknown"
        lock.close()
        message = (
            f"The ledger {path} is in use by process {holder}; SQLite serves one."
            " Stop that process, or give this one another data folder."
        )
        raise LedgerUnavailableError(message) from error
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock
