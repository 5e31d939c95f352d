"""Looking at an engine's runs until they are as one waits for."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from idp.engines.local import LocalEngine, cuts
from idp.engines.protocol import RunSeen

PATIENCE_SECONDS = 20


async def published(engine: LocalEngine, run: str = "r", **body: Any) -> None:
    """An event for `things`; parameters come from the body."""
    whole = {"run": run, "team": "payments", "verb": "provision"} | body
    await engine.publish("/things", json.dumps(whole).encode())


async def until(engine: LocalEngine, what: Callable[[RunSeen], bool], run: str = "r") -> RunSeen:
    """The run as soon as this holds of it."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        async for seen in engine.runs():
            if seen.name == run and what(seen):
                return seen
    raise AssertionError("the engine closed")  # noqa: EM101, TRY003 - no message of ours


async def ended(engine: LocalEngine, run: str = "r", **body: Any) -> RunSeen:
    """Publish, and wait for the end."""
    await published(engine, run, **body)
    return await until(engine, lambda seen: seen.finished, run)


def phase_of(seen: RunSeen, node: str) -> str:
    """The node's phase, empty where there is no such node yet."""
    return next((found.phase for found in seen.nodes if found.name == node), "")


def runs_now(node: str) -> Callable[[RunSeen], bool]:
    """Holds while the node runs."""
    return lambda seen: phase_of(seen, node) == "Running"


def table(seen: RunSeen) -> list[tuple[str, str, str, str]]:
    """Name, type, phase and message of every node but the root, in the order of their making."""
    return [(node.name, node.type, node.phase, node.message) for node in seen.nodes if node.name != seen.name]


def out_of_time(engine: LocalEngine, run: str = "r") -> None:
    """As if the run had begun an hour before, which is the longest that its deadline may be."""
    found = engine._hosting.known(run)
    assert found.started
    found.started -= 3600
    cuts.watch_deadline(found)


def supervisor_of(data: Path) -> int:
    """The process that holds the folder's lock."""
    found = [
        int(process.name)
        for process in Path("/proc").iterdir()
        if process.name.isdecimal()
        and str(data.resolve()).encode() in contents(process / "cmdline")
        and b"supervisor" in contents(process / "cmdline")
    ]
    assert len(found) == 1
    return found[0]


def gone(pid: int) -> bool:
    """Whether the process has ended."""
    stat = contents(Path(f"/proc/{pid}/stat"))
    return not stat or stat.rpartition(b")")[2].split()[0] in b"ZX"


def contents(file: Path) -> bytes:
    """Of a file that may be gone."""
    try:
        return file.read_bytes()
    except OSError:
        return b""
