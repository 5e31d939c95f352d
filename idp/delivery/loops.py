"""The loops of one process, wired."""

from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, datetime
from typing import NoReturn

from idp.delivery.branches import Branches
from idp.delivery.counters import Counters
from idp.delivery.observer import Observer
from idp.delivery.pace import Pace
from idp.delivery.previews import Previews
from idp.delivery.reconciler import Reconciler
from idp.delivery.relay import Relay
from idp.delivery.reporter import GitServer, Reporter
from idp.delivery.sweeper import Expire, Sweeper
from idp.engines.protocol import Engine
from idp.ledger.protocol import Ledger
from idp.lifecycle.pushes import Pushes


def utc_now() -> datetime:
    """The clock of the loops; the ledger's runs beside it."""
    return datetime.now(UTC)


def loops(
    ledger: Ledger,
    engine: Engine,
    *,
    expire: Expire,
    counters: Counters,
    pushes: Pushes | None = None,
    servers: Mapping[str, GitServer] | None = None,
    link: str | None = None,
    pace: Pace | None = None,
    now: Callable[[], datetime] = utc_now,
) -> Mapping[str, Coroutine[None, None, NoReturn]]:
    """Each loop by name, for the caller's TaskGroup: `group.create_task(loop, name=name)`.

    They end by being cancelled. Ledger and engine are open before they start and closed after. Branches are looked at
    where `pushes` can ask for their heads; `servers` are those that are told of commits, with `link`s to this API.
    """
    pace = pace or Pace()
    observer = Observer(ledger, engine, counters=counters, pace=pace)
    asking = {}
    if pushes:
        asking["previews"] = Previews(pushes, now=now, counters=counters, pace=pace).run()
    if pushes and pushes.heads:
        asking["branches"] = Branches(pushes, pushes.heads, now=now, counters=counters, pace=pace).run()
    return {
        **asking,
        "reporter": Reporter(ledger, servers or {}, link=link, now=now, counters=counters, pace=pace).run(),
        "relay": Relay(ledger, engine, now=now, counters=counters, pace=pace).run(),
        "observer": observer.run(),
        "reconciler": Reconciler(ledger, engine, observer, now=now, counters=counters, pace=pace).run(),
        "sweeper": Sweeper(ledger, expire, now=now, counters=counters, pace=pace).run(),
    }
