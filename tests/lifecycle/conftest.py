"""A real ledger, and somebody who asks."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from idp.ledger.sqlite import SqliteLedger
from tests.lifecycle.asking import Team


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[SqliteLedger]:
    opened = SqliteLedger(tmp_path / "ledger.db")
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
def team(ledger: SqliteLedger) -> Team:
    return Team(ledger)
