"""Unlock: an operator ends the open request of a resource, whose run has ended or is gone."""

import structlog

from idp.access.caller import Caller
from idp.access.policy import operating
from idp.engines.protocol import Engine
from idp.errors import ConflictError
from idp.ledger.protocol import Ledger
from idp.ledger.records import Change, RequestRecord, ResourceKey
from idp.lifecycle import visible
from idp.lifecycle.weighing import DeniedError

_log = structlog.get_logger(__name__)


async def unlock(ledger: Ledger, engine: Engine, caller: Caller, key: ResourceKey, *, reason: str) -> RequestRecord:
    """The request, failed: the resource is free for the next one. A run that comes up later gets no permit and is stopped.

    Raises DeniedError, NotFoundError, ConflictError where nothing is open or its run still runs, EngineUnavailableError.
    """
    verdict = operating(caller)
    if not verdict.allowed:
        raise DeniedError(verdict)
    request = await _open_request(ledger, caller, key)
    message = f"Unlocked by {caller.name}: {reason} ({await _ended(engine, request)}) {_left(request)}"
    unlocked = await ledger.change(
        Change(
            request=request.id,
            history=(
                ("unlocked", {"by": caller.name, "reason": reason, "run": request.run}),
                ("failed", {"step": "", "message": message}),
            ),
            phase="failed",
            message=message,
        )
    )
    if unlocked is None:
        raise _nothing_open(key)
    _log.warning("resource_unlocked", request=request.id, by=caller.name, reason=reason, permitted=request.permitted)
    return unlocked


async def _open_request(ledger: Ledger, caller: Caller, key: ResourceKey) -> RequestRecord:
    resource = await visible.resource(ledger, caller, key)
    request = await ledger.request(resource.open_request) if resource.open_request else None
    if request is None:
        raise _nothing_open(key)
    return request


def _nothing_open(key: ResourceKey) -> ConflictError:
    return ConflictError(f"{key.capability} {key.team}/{key.name} has no open request: there is nothing to unlock.")


async def _ended(engine: Engine, request: RequestRecord) -> str:
    """How. The engine must say so itself: one that gives no answer says nothing."""
    run = await engine.run(request.run)
    if run is None:
        return f"There is no run {request.run}."
    if not run.finished:
        message = (
            f"Run {run.name} is {run.phase}: request {request.id} is not stuck."
            " Wait for it, or let its team cancel it; then look again."
        )
        raise ConflictError(message)
    return f"Run {run.name} ended {run.phase}."


def _left(request: RequestRecord) -> str:
    if request.permitted:
        return "Changing had begun: inspect the resource, then provision or remove it again."
    return "Nothing was changed."
