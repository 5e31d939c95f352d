import asyncio

import pytest

from idp.delivery.counters import Counters
from idp.delivery.pace import full_jitter
from idp.delivery.turns import forever
from idp.errors import UnavailableError
from tests.delivery.eventually import running


@pytest.mark.parametrize(("failures", "ceiling"), [(1, 0.5), (2, 1), (3, 2), (7, 32), (8, 60), (9, 60), (10_000, 60)])
def test_waits_are_spread_evenly_below_a_ceiling_that_doubles_up_to_the_longest(failures: int, ceiling: float) -> None:
    waits = [full_jitter(failures, 60) for _ in range(2000)]
    assert 0 <= min(waits) < 0.1 * ceiling
    assert 0.9 * ceiling < max(waits) <= ceiling
    assert 0.4 * ceiling < sum(waits) / len(waits) < 0.6 * ceiling


@pytest.mark.anyio
@pytest.mark.parametrize(("error", "crashes"), [(UnavailableError("away"), 0), (LookupError("a bug"), 3)])
async def test_a_loop_goes_on_after_any_turn(error: Exception, crashes: int) -> None:
    turns, counters, done = 0, Counters(), asyncio.Event()

    async def turn() -> None:
        nonlocal turns
        turns += 1
        if turns <= 3:
            raise error
        done.set()

    async with running(forever("test", turn, pause=0, longest=0.01, counters=counters)):
        await asyncio.wait_for(done.wait(), 20)
    assert counters.crashed == crashes
