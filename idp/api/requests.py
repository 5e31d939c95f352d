"""Requests of all capabilities: the list, one of them, and waiting for it."""

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from idp.access.caller import Caller
from idp.api import bodies
from idp.api.answers import answers, shown
from idp.api.identity import SignedIn, signed_in
from idp.api.listing import shown_teams
from idp.api.paging import Cursor, Limit, cut, page
from idp.api.parts import Parts, Served
from idp.api.strictly import Strictly
from idp.api.views import RequestList, RequestView, answer, request_view
from idp.fields import CAPABILITY_NAME, TeamName
from idp.ledger.records import RequestPhase, RequestRecord
from idp.lifecycle import inbox, visible
from idp.lifecycle.cancel import cancel

router = APIRouter(prefix="/v1/requests", tags=["requests"], dependencies=[Depends(signed_in)])


@router.get(
    "",
    operation_id="requests-list",
    summary="Those of your teams, newest first; `awaiting=me` are those you may decide on",
    responses=answers(401, 403, ok=shown(RequestList, "A page of requests.", headers={"Link": "To the next page."})),
    dependencies=[
        Depends(Strictly("team", "capability", "phase", "awaiting", "limit", "cursor")),
        Depends(bodies.none),
    ],
)
async def listing(
    *,
    request: Request,
    parts: Served,
    caller: SignedIn,
    team: Annotated[TeamName | None, Query()] = None,
    capability: Annotated[str | None, Query(pattern=CAPABILITY_NAME)] = None,
    phase: Annotated[RequestPhase | None, Query()] = None,
    awaiting: Annotated[Literal["me"] | None, Query(description="Those that wait for a decision you may make.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """A page."""
    if awaiting:
        found = await inbox.awaiting(parts.ledger, caller, page(limit, cursor), team=team, capability=capability)
        found = [each for each in found if phase in {None, each.phase}]
    else:
        found = await parts.ledger.requests(
            page(limit, cursor),
            teams=shown_teams(caller, team),
            capability=capability,
            phases={phase} if phase else None,
        )
    items, headers = cut(found, limit, lambda each: each.id, request)
    return answer(RequestList(items=[await request_view(parts, each) for each in items]), headers=headers)


@router.get(
    "/{id}",
    operation_id="requests-show",
    summary="One of them, now or when it has moved on",
    responses=answers(401, 404, ok=shown(RequestView, "As it stands.")),
    dependencies=[Depends(Strictly("wait", "phase")), Depends(bodies.none)],
)
async def show(
    parts: Served,
    caller: SignedIn,
    id: str,  # noqa: A002 - the path's word
    wait: Annotated[
        float, Query(ge=0, le=60, description="Answer when its phase changes, after so many seconds at the latest.")
    ] = 0,
    phase: Annotated[
        RequestPhase | None, Query(description="The phase you know; another one is answered at once.")
    ] = None,
) -> Response:
    """One request."""
    found = await visible.request(parts.ledger, caller, id)
    if wait:
        found = await _moved_on(parts, caller, found, phase or found.phase, wait)
    return answer(await request_view(parts, found))


@router.post(
    "/{id}/cancel",
    operation_id="requests-cancel",
    summary="Cancel it; what was already changed stays",
    responses=answers(401, 403, 404, 409, ok=shown(RequestView, "Cancelled.")),
    dependencies=[Depends(Strictly()), Depends(bodies.none)],
)
async def cancelling(parts: Served, caller: SignedIn, id: str) -> Response:  # noqa: A002 - the path's word
    """Its run is stopped."""
    return answer(await request_view(parts, await cancel(parts.ledger, caller, id)))


async def _moved_on(
    parts: Parts, caller: Caller, found: RequestRecord, phase: RequestPhase, seconds: float
) -> RequestRecord:
    """The request once its phase is another one, or it is finished, or the time is over, or the server stops."""
    changed = asyncio.create_task(_changed(parts, found, phase))
    stopping = asyncio.create_task(parts.stopping.wait())
    try:
        await asyncio.wait({changed, stopping}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        changed.cancel()
        stopping.cancel()
    return await visible.request(parts.ledger, caller, found.id)


async def _changed(parts: Parts, found: RequestRecord, phase: RequestPhase) -> None:
    if not found.open or found.phase != phase:
        return
    async for _ in parts.ledger.follow(found.id):
        now = await parts.ledger.request(found.id)
        if now is None or now.phase != phase:
            return
