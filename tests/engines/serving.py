"""An engine in a process of its own, to be killed: `python serving.py MANIFESTS FOLDER [RUN...]` publishes the runs, and serves."""

import asyncio
import sys
from pathlib import Path

from idp.engines.local import LocalEngine
from tests.engines.watching import published


async def serve(manifests: Path, folder: Path, runs: list[str]) -> None:
    engine = LocalEngine(manifests, folder, config_maps={}, image_environment={"PATH": "/usr/bin:/bin"}, parallelism=8)
    await engine.start()
    for run in runs:
        await published(engine, run)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]))
