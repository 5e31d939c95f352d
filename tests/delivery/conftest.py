from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from idp.delivery.counters import Counters
from idp.delivery.pace import Pace
from idp.ledger.protocol import Ledger
from idp.ledger.sqlite import SqliteLedger
from tests.delivery.scripted import ScriptedEngine
from tests.ledger.samples import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


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


@pytest.fixture
async def ledger(tmp_path: Path, clock: Clock) -> AsyncIterator[Ledger]:
    ledger = SqliteLedger(tmp_path / "ledger.db", now=clock)
    await ledger.open()
    yield ledger
    await ledger.close()
