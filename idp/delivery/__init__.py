"""The loops between ledger and engine: relay, observer, reconciler, sweeper."""

from idp.delivery.counters import Counters
from idp.delivery.loops import loops
from idp.delivery.pace import Pace

__all__ = ["Counters", "Pace", "loops"]
