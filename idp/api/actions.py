"""The routes of an action capability: do it, and what was done."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from idp.api import bodies
from idp.api.answers import answers, shown
from idp.api.filing import FILED, Filing, only_explain
from idp.api.identity import SignedIn, signed_in
from idp.api.listing import shown_teams
from idp.api.paging import Cursor, Limit, cut, page
from idp.api.parts import Served
from idp.api.schemas import body_of
from idp.api.strictly import Strictly
from idp.api.views import RequestList, answer, request_view
from idp.capability import ActionCapability
from idp.fields import TeamName
from idp.lifecycle.wishes import Wish


def router(capability: ActionCapability) -> APIRouter:
    """One capability's."""
    routes = APIRouter(prefix=f"/v1/{capability.name}", tags=[capability.name], dependencies=[Depends(signed_in)])

    @routes.post(
        "",
        status_code=202,
        operation_id=f"{capability.name}-perform",
        summary=f"Do it once: {capability.summary}",
        responses=FILED,
        openapi_extra=body_of(capability),
        dependencies=[only_explain],
    )
    async def perform(request: Request, desk: Filing) -> Response:
        spec = await bodies.read(request, capability.request)
        wish = Wish(
            capability=capability,
            verb="perform",
            team=spec.team,
            name=spec.name,
            spec=spec,
            idempotency_key=desk.idempotency_key,
            traceparent=desk.traceparent,
        )
        return await desk.file(wish)

    @routes.get(
        "",
        operation_id=f"{capability.name}-list",
        summary="What was done for your teams, newest first",
        responses=answers(
            401, 403, ok=shown(RequestList, "A page of requests.", headers={"Link": "To the next page."})
        ),
        dependencies=[Depends(Strictly("team", "limit", "cursor")), Depends(bodies.none)],
    )
    async def listing(
        *,
        request: Request,
        parts: Served,
        caller: SignedIn,
        team: Annotated[TeamName | None, Query()] = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Response:
        found = await parts.ledger.requests(
            page(limit, cursor), capability=capability.name, teams=shown_teams(caller, team)
        )
        items, headers = cut(found, limit, lambda each: each.id, request)
        return answer(RequestList(items=[await request_view(parts, each) for each in items]), headers=headers)

    return routes
