"""Permit: the ledger's word that a step may change the world now."""

import structlog

from idp import names
from idp.capability import Catalog
from idp.engines.protocol import StepIdentity
from idp.errors import ForbiddenError
from idp.ledger.protocol import Ledger
from idp.ledger.records import RequestRecord
from idp.lifecycle.runs import request_of

_log = structlog.get_logger(__name__)


class PermitRefusedError(ForbiddenError):
    """The step may not change anything."""

    slug = "permit-refused"


async def permit(ledger: Ledger, catalog: Catalog, step: StepIdentity, *, digest: str) -> None:
    """Returns where the step may go on. `step` is what the engine vouches for; `digest` is of what it would carry out.

    Raises PermitRefusedError; a refusal is an alarm, and is recorded in the request's history.
    """
    request = await _request(ledger, step)
    reason = _unfit(catalog, request, step)
    if reason is None and await ledger.permit(request.id, step.run_uid, step=step.step, digest=digest):
        _log.info("step_permitted", request=request.id, step=step.step, digest=digest)
        return
    reason = reason or _refusal(await ledger.request(request.id) or request, step, digest)
    data = {"step": step.step, "run_uid": step.run_uid, "digest": digest, "reason": reason}
    await ledger.record(request.id, [("refused-permit", data)])
    _log.error("permit_refused", request=request.id, **data)
    raise PermitRefusedError(reason)


async def _request(ledger: Ledger, step: StepIdentity) -> RequestRecord:
    found = await request_of(ledger, step.run)
    if found is None:
        _log.error("permit_refused", run=step.run, step=step.step, reason="no such request")
        message = f"Run {step.run} belongs to no request: somebody else made it, and it may change nothing."
        raise PermitRefusedError(message)
    return found


def _unfit(catalog: Catalog, request: RequestRecord, step: StepIdentity) -> str | None:
    """What no moment would make right."""
    if request.verb == "inspect":
        return "An inspection changes nothing."
    changing = [each.name for each in catalog[request.capability].steps]
    if step.step not in changing:
        looking = " that only looks" if step.step in {names.TASK_LOOK, names.TASK_GATE} else ""
        return f"{step.step} is a step{looking}, not one of those that change: {', '.join(changing)}."
    return None


def _refusal(request: RequestRecord, step: StepIdentity, digest: str) -> str:
    """Why the ledger said no, as the request stands now."""
    if not request.open:
        return f"Request {request.id} is {request.phase}; its run may change nothing any more."
    if request.waits_in:
        return f"Request {request.id} waits for its resource; it has no run yet."
    if request.run_uid not in {None, step.run_uid}:
        return f"Request {request.id} is carried out by the run with uid {request.run_uid}, not {step.run_uid}."
    if request.approved_digest is None:
        return f"Request {request.id} is not approved."
    return f"Approved was the plan {request.approved_digest}; this is {digest[:80]}. File a new request."
