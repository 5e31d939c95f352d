"""Registration: the application becomes known to the sandbox; undone, all that serves of it ends and all of it goes."""

import shutil
import time
from typing import Final

from idp.applications import ApplicationRequest
from idp.errors import StepError
from idp.runner.delivery import places

_END_SECONDS: Final = 30.0
_ROUND: Final = 0.05


def register(application: places.Application, request: ApplicationRequest) -> None:
    """What was asked for; placements that serve go on as they are until the next rollout."""
    places.written(application.folder / "application.json", request.model_dump(mode="json"))
    _log(f"Registered {request.repository}")


def deregister(world: places.World, application: places.Application) -> None:
    """Processes first, then files. Nothing is there any more where it is done again."""
    for environment, placement in application.placements.items():
        placement.desire(serving=None)
        _wait_for_the_end(world, environment, placement)
        _log(f"Nothing serves in {environment} any more")
    if application.folder.exists():
        shutil.rmtree(application.folder)
        _log("Its images, revisions and settings are removed")


def _wait_for_the_end(world: places.World, environment: str, placement: places.Placement) -> None:
    """Where nobody tends the sandbox, nothing serves."""
    until = time.monotonic() + _END_SECONDS
    while world.is_tended() and (placement.seen["backends"] or placement.seen.get("wanted") is not None):
        if time.monotonic() > until:
            message = f"What serves in {environment} did not end within {_END_SECONDS:.0f} s; ask again."
            raise StepError(message)
        time.sleep(_ROUND)


def _log(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - the step's log
