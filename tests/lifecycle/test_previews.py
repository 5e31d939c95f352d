"""Two hooks of one pull request meet. Its whole life is in tests/api/test_pulls.py."""

import asyncio
from dataclasses import replace

import pytest

from idp.ledger.hooks import PreviewRecord
from idp.lifecycle.previews import Pulled, pulled
from tests.lifecycle.asking import Team

pytestmark = pytest.mark.anyio

PULL = Pulled(team="payments", repository="git.example.com/shop", number=12, action="opened", commit="a")


@pytest.fixture
async def shown(team: Team) -> Team:
    """With an application that shows its pull requests."""
    await team.has()
    await team.has("shop", capability="applications", spec={"previews": True})
    return team


async def test_a_push_that_meets_the_end_brings_nothing_back(shown: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = shown.ledger
    assert await pulled(ledger, PULL) == ["shop"]
    read = ledger.preview

    async def preview(team: str, application: str, number: int) -> PreviewRecord | None:
        monkeypatch.setattr(ledger, "preview", read)
        found = await read(team, application, number)
        assert await pulled(ledger, replace(PULL, action="closed")) == ["shop"]
        return found

    monkeypatch.setattr(ledger, "preview", preview)

    assert await pulled(ledger, replace(PULL, action="pushed", commit="b")) == []

    found = await ledger.preview("payments", "shop", 12)
    assert found
    assert (found.commit, found.state) == ("a", "closed")


async def test_of_hooks_that_come_at_once_each_has_its_say(shown: Team) -> None:
    hooks = [replace(PULL, action="pushed", commit=f"c{number}") for number in range(10)]
    assert await asyncio.gather(*(pulled(shown.ledger, each) for each in hooks)) == [["shop"]] * 10
    (found,) = await shown.ledger.previews()
    assert found.state == "open"
