"""Every store, empty and open. The protocol's tests take `ledger` and so run on each."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from idp.ledger.protocol import Ledger
from tests.ledger.samples import Clock
from tests.ledger.stores import STORES

Reopen = Callable[[], Ledger]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=sorted(STORES))
def reopen(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Reopen:
    """A new ledger over the same store, not open yet."""
    return lambda: STORES[request.param](tmp_path, clock)


@pytest.fixture
async def ledger(reopen: Reopen) -> AsyncIterator[Ledger]:
    opened = reopen()
    await opened.open()
    yield opened
    await opened.close()
