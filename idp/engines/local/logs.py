"""A step's log, line by line, while it grows."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import BinaryIO

LONGEST_LINE = 16 * 1024
"""A longer line comes in pieces of so many bytes, as from a container runtime."""
_LOOK_SECONDS = 0.1
"""How often a growing file is looked at; only while someone follows."""


async def lines(log: Path, over: Callable[[], bool], *, follow: bool) -> AsyncIterator[str]:
    """The lines of the file, without their ends. `over` says that nothing more will come."""
    while not log.exists():  # noqa: ASYNC240 - one look at the system's memory
        if over() or not follow:
            return
        await asyncio.sleep(_LOOK_SECONDS)
    with log.open("rb") as file:
        rest = b""
        while True:
            last = over() or not follow
            async for line in _read(file, rest):
                if line.endswith(b"\n") or len(line) == LONGEST_LINE:
                    yield line.removesuffix(b"\n").decode(errors="replace")
                    rest = b""
                else:
                    rest = line
            if last:
                break
            await asyncio.sleep(_LOOK_SECONDS)
    if rest:
        yield rest.decode(errors="replace")


async def _read(file: BinaryIO, rest: bytes) -> AsyncIterator[bytes]:
    """What is there now, line by line; the last may be a beginning."""
    while chunk := file.readline(LONGEST_LINE - len(rest)):
        yield rest + chunk
        rest = b"" if chunk.endswith(b"\n") or len(rest + chunk) == LONGEST_LINE else rest + chunk
        await asyncio.sleep(0)
