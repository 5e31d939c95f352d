"""The sandbox's node, kept running as long as the server does, once there is an application to serve.

A program of its own, which ends with us however we end: its stdin is a pipe that we hold.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

import structlog

_log = structlog.get_logger(__name__)
_LOOK_SECONDS: Final = 0.2
_AGAIN_SECONDS: Final = 1.0
_END_SECONDS: Final = 15.0
NODE: Final = ("-m", "idp.runner.delivery")


@asynccontextmanager
async def tended(world: Path, environment: Mapping[str, str]) -> AsyncIterator[None]:
    """Within, what applications in `world` serve is there. `environment` is all that the node has."""
    task = asyncio.create_task(_kept(world, environment))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _kept(world: Path, environment: Mapping[str, str]) -> None:
    while True:
        while not (world / "applications").is_dir():  # noqa: ASYNC110 - a folder tells nobody
            await asyncio.sleep(_LOOK_SECONDS)
        await _run(world, environment)
        await asyncio.sleep(_AGAIN_SECONDS)


async def _run(world: Path, environment: Mapping[str, str]) -> None:
    """Until it ends, or we do."""
    node = await asyncio.create_subprocess_exec(
        sys.executable,
        *NODE,
        str(world),
        stdin=asyncio.subprocess.PIPE,
        env=dict(environment),
        start_new_session=True,  # a terminal's interrupt is the server's to handle
    )
    _log.info("node_started", world=str(world), pid=node.pid)
    try:
        code = await node.wait()
        _log.warning("node_ended", world=str(world), code=code)
    finally:
        if node.returncode is None:
            await _ended(node)


async def _ended(node: asyncio.subprocess.Process) -> None:
    if node.stdin:
        node.stdin.close()
    try:
        async with asyncio.timeout(_END_SECONDS):
            await node.wait()
    except TimeoutError:
        node.kill()
        await node.wait()
