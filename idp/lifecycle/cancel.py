"""Cancel: end an open request. What was already changed stays."""

import structlog

from idp.access.caller import Caller
from idp.errors import ConflictError, ForbiddenError
from idp.ledger.protocol import Ledger
from idp.ledger.records import Change, RequestRecord
from idp.lifecycle import visible

_log = structlog.get_logger(__name__)


async def cancel(ledger: Ledger, caller: Caller, id_: str) -> RequestRecord:
    """Raises NotFoundError, ForbiddenError for another team's, ConflictError for a finished one."""
    request = await visible.request(ledger, caller, id_)
    if request.key.team not in caller.teams:
        message = f"Only members of team {request.key.team} may cancel request {id_}."
        raise ForbiddenError(message)
    cancelled = await ledger.change(
        Change(
            request=id_,
            history=(("cancelled", {"by": caller.name, "message": _left(request)}),),
            phase="cancelled",
            message=f"Cancelled by {caller.name}. {_left(request)}",
            outbox="stop",
            close_outbox=frozenset({"publish", "resume"}),
        )
    )
    if cancelled is None:
        message = f"Request {id_} is finished ({request.phase}); there is nothing to cancel."
        raise ConflictError(message)
    _log.info("request_cancelled", request=id_, by=caller.name, permitted=cancelled.permitted)
    return cancelled


def _left(request: RequestRecord) -> str:
    if request.permitted:
        return "Changing had begun: what was changed stays, so inspect the resource, then provision or remove it again."
    return "Nothing was changed."
