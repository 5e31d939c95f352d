"""The loop and a hook meet: what the hook wants stays. What the loop files is in tests/api/test_pulls.py."""

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import pytest

from idp.catalog import CATALOG
from idp.delivery.counters import Counters
from idp.delivery.pace import Pace
from idp.delivery.previews import Previews
from idp.ledger.hooks import PreviewRecord
from idp.ledger.protocol import Ledger
from idp.lifecycle.pushes import Pushes
from tests.ledger.samples import Clock

pytestmark = pytest.mark.anyio

PREVIEW = PreviewRecord(team="payments", application="shop", number=12, commit="a", state="open")
"""Of an application that is not there any more, so it is over."""


@pytest.fixture
def previews(ledger: Ledger, clock: Clock, counters: Counters, pace: Pace) -> Previews:
    return Previews(Pushes(ledger=ledger, catalog=CATALOG), now=clock, counters=counters, pace=pace)


@pytest.fixture
def told(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Callable[[PreviewRecord], None]:
    """A hook wants this as soon as the loop has read what there is."""
    read = ledger.previews

    def tell(wanted: PreviewRecord) -> None:
        async def previews() -> list[PreviewRecord]:
            monkeypatch.setattr(ledger, "previews", read)
            found = await read()
            assert await ledger.want_preview(wanted, instead_of=found[0])
            return found

        monkeypatch.setattr(ledger, "previews", previews)

    return tell


async def states(ledger: Ledger) -> list[str]:
    found = await ledger.preview("payments", "shop", 12)
    return [found.commit, found.state] if found else []


@pytest.mark.parametrize("state", ["open", "closed"])
async def test_what_a_hook_wants_during_a_turn_is_left_to_the_next(
    ledger: Ledger,
    previews: Previews,
    told: Callable[[PreviewRecord], None],
    state: Literal["open", "closed"],
) -> None:
    """It is pushed to as its life ends, or opened again as the last of it goes."""
    await ledger.want_preview(replace(PREVIEW, state=state), instead_of=None)
    told(replace(PREVIEW, commit="b"))
    await previews.turn()
    assert await states(ledger) == ["b", "open"]
    await previews.turn()
    assert await states(ledger) == ["b", "gone"]
