"""Decide: an approver's word on what was planned."""

from datetime import UTC, datetime
from typing import Literal

import structlog

from idp.access.caller import Caller
from idp.access.policy import deciding
from idp.errors import ConflictError
from idp.ledger.protocol import Ledger
from idp.ledger.records import Change, Decision, RequestRecord
from idp.lifecycle import visible
from idp.lifecycle.weighing import DeniedError

_log = structlog.get_logger(__name__)


async def decide(
    ledger: Ledger,
    caller: Caller,
    id_: str,
    *,
    verdict: Literal["approve", "reject"],
    digest: str,
    comment: str = "",
) -> RequestRecord:
    """Approve exactly the plan with this digest, or reject the request.

    Raises NotFoundError, DeniedError, and ConflictError where nothing waits or the plan is another one.
    """
    request = await visible.request(ledger, caller, id_)
    _refuse_the_wrong_person(caller, request)
    _refuse_another_plan(request, digest)
    decision = Decision(
        request=id_,
        by=caller.name,
        verdict=verdict,
        digest=digest,
        comment=comment,
        at=datetime.now(UTC),
        known_as=caller.known_as,
    )
    decided = await ledger.change(_approved(decision) if verdict == "approve" else _rejected(decision))
    if decided is None:
        raise _not_waiting(request)
    _log.info("request_decided", request=id_, verdict=verdict, by=caller.name)
    return decided


def _refuse_the_wrong_person(caller: Caller, request: RequestRecord) -> None:
    if request.approver_role is None:
        message = f"Request {request.id} needs no approval."
        raise ConflictError(message)
    verdict = deciding(caller, role=request.approver_role, requester=request.requester, carriers=request.carriers)
    if not verdict.allowed:
        raise DeniedError(verdict)


def _refuse_another_plan(request: RequestRecord, digest: str) -> None:
    if request.phase != "awaiting-approval":
        raise _not_waiting(request)
    if request.digest != digest:
        message = (
            f"The plan of request {request.id} is {request.digest}, not {digest[:80]}: look at it again, then decide."
        )
        raise ConflictError(message)


def _not_waiting(request: RequestRecord) -> ConflictError:
    return ConflictError(f"Request {request.id} does not wait for an approval (any more); look at it again.")


def _approved(decision: Decision) -> Change:
    return Change(
        request=decision.request,
        history=(("approved", {"by": decision.by, "digest": decision.digest, "comment": decision.comment}),),
        phases=frozenset({"awaiting-approval"}),
        phase="running",
        approved_digest=decision.digest,
        decision=decision,
        outbox="resume",
    )


def _rejected(decision: Decision) -> Change:
    return Change(
        request=decision.request,
        history=(("rejected", {"by": decision.by, "comment": decision.comment}),),
        phases=frozenset({"awaiting-approval"}),
        phase="rejected",
        message=f"Rejected by {decision.by}." + (f" {decision.comment}" if decision.comment else ""),
        decision=decision,
        outbox="stop",
    )
