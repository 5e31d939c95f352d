"""Every store there is, by name: what takes a ledger in a test runs on each."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from idp.ledger.protocol import Ledger
from idp.ledger.sqlite import SqliteLedger

Store = Callable[[Path, Callable[[], datetime]], Ledger]


def sqlite(folder: Path, now: Callable[[], datetime]) -> Ledger:
    return SqliteLedger(folder / "ledger.db", now=now)


STORES: Mapping[str, Store] = {"sqlite": sqlite}
