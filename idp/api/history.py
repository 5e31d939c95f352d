"""A request's history: as a list, or live as server-sent events."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request, Response

from idp.api import bodies, streaming
from idp.api.answers import Answers, answers
from idp.api.identity import Held, signed_in
from idp.api.parts import Served
from idp.api.strictly import Strictly
from idp.api.views import HistoryList, answer, history_view
from idp.lifecycle import visible

router = APIRouter(prefix="/v1/requests/{id}/history", tags=["requests"], dependencies=[Depends(signed_in)])

_EVENTS = "text/event-stream"
_BOTH: Answers = {
    200: {
        "model": HistoryList,
        "description": "All of it; or, with `Accept: text/event-stream`, each entry as it happens, to the last one.",
        "content": {
            _EVENTS: {
                "schema": {
                    "type": "string",
                    "description": "id: the entry's sequence; event: its kind; data: the entry as JSON.",
                }
            }
        },
    }
}


@router.get(
    "",
    operation_id="requests-history",
    summary="What happened, in order",
    responses=answers(401, 404, ok=_BOTH),
    dependencies=[Depends(Strictly()), Depends(bodies.none)],
)
async def history(
    request: Request,
    parts: Served,
    held: Held,
    id: str,  # noqa: A002 - the path's word
    last_event_id: Annotated[
        int, Header(ge=0, le=2**31, description="Of a stream that was cut: go on after this entry.")
    ] = 0,
) -> Response:
    """JSON, unless events are asked for."""
    found = await visible.request(parts.ledger, held.caller, id)
    view = partial(history_view, run=found.run, ui=parts.ui)
    if _EVENTS in request.headers.get("accept", ""):
        entries = parts.ledger.follow(found.id, after=last_event_id)
        return streaming.events(entries, view, until=held.expires_at, ping=parts.ping_seconds, stopping=parts.stopping)
    entries_so_far = await parts.ledger.history(found.id, after=last_event_id)
    return answer(HistoryList(items=[view(entry) for entry in entries_so_far]))
