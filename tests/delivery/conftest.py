import pytest

from idp.delivery.counters import Counters
from idp.delivery.pace import Pace
from tests.delivery.scripted import ScriptedEngine
from tests.ledger.conftest import clock, ledger, reopen

__all__ = ["clock", "ledger", "reopen"]


@pytest.fixture
def counters() -> Counters:
    return Counters()


@pytest.fixture
def pace() -> Pace:
    """Loops look often and wait briefly; what depends on the clock waits for the test."""
    return Pace(poll=0.01, answer=0.2, longest_retry=0.05, reconcile=0.01, sweep=0.01)


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine()
