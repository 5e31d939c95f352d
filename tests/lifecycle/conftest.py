"""A real ledger, and somebody who asks."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from idp.ledger.clock import utc_now
from idp.ledger.protocol import Ledger
from tests.ledger.stores import STORES
from tests.lifecycle.asking import Team


@pytest.fixture(params=sorted(STORES))
async def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Ledger]:
    opened = STORES[request.param](tmp_path, utc_now)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
def team(ledger: Ledger) -> Team:
    return Team(ledger)
