"""The loops of one process, wired."""

from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, datetime
from typing import NoReturn

from idp.delivery.counters import Counters
from idp.delivery.observer import Observer
from idp.delivery.pace import Pace
from idp.delivery.reconciler import Reconciler
from idp.delivery.relay import Relay
from idp.delivery.sweeper import Expire, Sweeper
from idp.engines.protocol import Engine
from idp.ledger.protocol import Ledger


def utc_now() -> datetime:
    """The clock of the loops; the ledger's runs beside it."""
    return datetime.now(UTC)


def loops(
    ledger: Ledger,
    engine: Engine,
    *,
    expire: Expire,
    counters: Counters,
    pace: Pace | None = None,
    now: Callable[[], datetime] = utc_now,
) -> Mapping[str, Coroutine[None, None, NoReturn]]:
    """Each loop by name, for the caller's TaskGroup: `group.create_task(loop, name=name)`.

    They end by being cancelled. Ledger and engine are open before they start and closed after.
    """
    pace = pace or Pace()
    observer = Observer(ledger, engine, counters=counters, pace=pace)
    return {
        "relay": Relay(ledger, engine, now=now, counters=counters, pace=pace).run(),
        "observer": observer.run(),
        "reconciler": Reconciler(ledger, engine, observer, now=now, counters=counters, pace=pace).run(),
        "sweeper": Sweeper(ledger, expire, now=now, counters=counters, pace=pace).run(),
    }
