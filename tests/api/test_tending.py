"""The node of the sandbox beside the server: there once it is needed, again where it ends, gone with the server."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from idp.api.tending import tended

pytestmark = pytest.mark.anyio


async def test_there_is_a_node_as_long_as_it_is_needed(tmp_path: Path) -> None:
    world = tmp_path / "world"
    async with tended(world, {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)}):
        await asyncio.sleep(0.5)
        assert _nodes(world) == [], "nothing is to be served yet"
        (world / "applications").mkdir(parents=True)
        first = await _until(lambda: _nodes(world))
        os.kill(first[0], signal.SIGKILL)
        await _until(lambda: [each for each in _nodes(world) if each not in first])
        await _until((world / "applications/node.lock").exists)
    assert _nodes(world) == []


def _nodes(world: Path) -> list[int]:
    """Their process numbers; one that has ended and waits for its parent has no command line."""
    found = []
    for each in Path("/proc").iterdir():
        if each.name.isdecimal():
            try:
                command = (each / "cmdline").read_bytes().split(b"\0")
            except (FileNotFoundError, ProcessLookupError):
                continue
            if str(world).encode() in command:
                found.append(int(each.name))
    return found


async def _until(true: Callable[[], list[int] | bool]) -> list[int]:
    for _ in range(1200):
        if found := true():
            return found if isinstance(found, list) else []
        await asyncio.sleep(0.05)
    message = "it did not come to be within a minute"
    raise AssertionError(message)
