"""Calls at a time of day."""

import asyncio
import time
from functools import partial

import pytest

from idp.engines.local.alarms import Alarms

pytestmark = pytest.mark.anyio


async def test_alarms_ring_in_the_order_of_their_times() -> None:
    alarms, now = Alarms(), time.time()
    rung: list[str] = []
    for name, after in (("late", 0.1), ("past", -5.0), ("soon", 0.05), ("far", 9999.0)):
        alarms.at(now + after, partial(rung.append, name))
    assert rung == [], "never within the call"
    await asyncio.sleep(0.2)
    assert rung == ["past", "soon", "late"]
    alarms.close()


async def test_an_alarm_may_set_another_and_closed_ones_are_silent() -> None:
    alarms = Alarms()
    rung: list[str] = []
    alarms.at(0.0, lambda: alarms.at(0.0, lambda: rung.append("second")))
    await asyncio.sleep(0.05)
    assert rung == ["second"]
    alarms.at(0.0, lambda: rung.append("never"))
    alarms.close()
    await asyncio.sleep(0.02)
    assert rung == ["second"]
