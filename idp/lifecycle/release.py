"""Release: whether the lock that a run left on a resource's state may go, as that run has ended."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from idp.engines.protocol import Engine, StepIdentity
from idp.errors import ConflictError, UnavailableError
from idp.ledger.protocol import Ledger
from idp.ledger.records import RequestRecord
from idp.lifecycle.runs import request_of

_log = structlog.get_logger(__name__)

SETTLING: Final = timedelta(minutes=3)
"""After a run has ended, one of its pods may still be ending: it has two minutes for that (`idp.workflows.templates`)."""

_HOLDER: Final = re.compile(r"[^@]*@(?P<run>[a-z][a-z0-9-]*?-[0-7][0-9a-hjkmnp-tv-z]{25})-.+")
"""Terraform's `user@host`. A pod's host is its name, which starts with its run's."""


class LockHeldError(ConflictError):
    """The lock stays: its holder lives, or is no run of this resource."""

    slug = "lock-held"


class RunEndingError(UnavailableError):
    """The run that holds the lock has ended a moment ago; the same call goes through when it has settled."""

    slug = "run-ending"
    title = "Run ending"


async def release(ledger: Ledger, engine: Engine, step: StepIdentity, *, lock: str, holder: str) -> None:
    """Returns where the lock may go, which both requests then record. `holder` is what Terraform says: `user@host`.

    A lock is of one id, so that only this very one is released with it. Raises LockHeldError, RunEndingError,
    EngineUnavailableError.
    """
    request, held = await _request(ledger, step), await _holder(ledger, holder)
    if held.key != request.key:
        message = f"The lock is held by {holder}, a run of another resource: it was not released."
        raise LockHeldError(message)
    if held.run != step.run:  # the steps of one run come one after another: an earlier one is over when this one asks
        await _refuse_living(engine, held)
    data = {"lock": lock, "holder": held.run, "by": step.run, "step": step.step}
    for each in {request.id, held.id}:
        await ledger.record(each, [("released-lock", data)])
    _log.warning("lock_released", request=request.id, **data)


async def _request(ledger: Ledger, step: StepIdentity) -> RequestRecord:
    found = await request_of(ledger, step.run)
    if found is None or not found.open or found.run_uid not in {None, step.run_uid}:
        message = f"Run {step.run} carries out no open request, so it has no lock to release."
        raise LockHeldError(message)
    return found


async def _holder(ledger: Ledger, holder: str) -> RequestRecord:
    named = _HOLDER.fullmatch(holder)
    found = await request_of(ledger, named["run"]) if named else None
    if found is None:
        message = (
            f"The lock is held by {holder}, which is no run of this platform: a person must end that work and unlock."
        )
        raise LockHeldError(message)
    return found


async def _refuse_living(engine: Engine, held: RequestRecord) -> None:
    """Ledger and engine must both say that it has ended, and not just now."""
    seen = await engine.run(held.run)
    if held.open or (seen and not seen.finished):
        message = f"The lock is held by run {held.run}, which has not ended; ask again when it has."
        raise LockHeldError(message)
    ended = (seen and seen.finished_at) or held.finished_at
    if ended and datetime.now(UTC) - ended < SETTLING:
        message = f"Run {held.run} ended at {ended:%H:%M:%S}; its lock can be released {SETTLING} later, if it is still there."
        raise RunEndingError(message)
