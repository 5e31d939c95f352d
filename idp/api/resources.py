"""The routes of a resource capability: ask for one, list, look, change, remove, inspect, extend; and those of `mending`."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from idp.api import bodies, mending
from idp.api.answers import answers, shown
from idp.api.etags import IfMatch, etag, generations
from idp.api.filing import FILED, Filing, only_explain
from idp.api.identity import SignedIn, signed_in
from idp.api.listing import shown_teams
from idp.api.paging import Cursor, Limit, cut, page
from idp.api.parts import Served
from idp.api.placements import PlacementView, placements
from idp.api.schemas import body_of
from idp.api.strictly import Strictly
from idp.api.views import ResourceList, ResourceView, answer, resource_view
from idp.capability import ResourceCapability
from idp.fields import ResourceName, TeamName
from idp.ledger.records import ResourceKey
from idp.lifecycle import visible
from idp.lifecycle.extend import extend
from idp.lifecycle.wishes import Wish


class ResourcePage(ResourceView):
    """A thing a team has, with what it is in each environment."""

    placements: list[PlacementView] | None = Field(
        description="What it is in each environment; null for what lives in one at the most."
    )


class Extension(BaseModel):
    """How long a resource shall live from now."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra={"examples": [{"lifetime_days": 30}]})

    lifetime_days: int = Field(
        ge=1, le=3650, description="Days from now; the capability's longest lifetime is the limit."
    )


def router(capability: ResourceCapability) -> APIRouter:
    """One capability's."""
    routes = APIRouter(prefix=f"/v1/{capability.name}", tags=[capability.name], dependencies=[Depends(signed_in)])
    _collection(routes, capability)
    _one(routes, capability)
    _life(routes, capability)
    mending.add(routes, capability)
    return routes


def _collection(routes: APIRouter, capability: ResourceCapability) -> None:
    name = capability.name

    @routes.post(
        "",
        status_code=202,
        operation_id=f"{name}-provision",
        summary=f"Ask for one: {capability.summary}",
        responses=FILED,
        openapi_extra=body_of(capability),
        dependencies=[only_explain],
    )
    async def provision(request: Request, desk: Filing) -> Response:
        spec = await bodies.read(request, capability.request)
        return await desk.file(_wish(desk, team=spec.team, name=spec.name, verb="provision", spec=spec))

    @routes.get(
        "",
        operation_id=f"{name}-list",
        summary="Those of your teams",
        responses=answers(401, 403, ok=shown(ResourceList, "A page of them.", headers={"Link": "To the next page."})),
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
        found = await parts.ledger.resources(page(limit, cursor), capability=name, teams=shown_teams(caller, team))
        items, headers = cut(found, limit, lambda each: f"{each.key.team}/{each.key.name}", request)
        return answer(ResourceList(items=[resource_view(each) for each in items]), headers=headers)

    def _wish(desk: Filing, **given: Any) -> Wish:
        return Wish(capability=capability, idempotency_key=desk.idempotency_key, traceparent=desk.traceparent, **given)


def _one(routes: APIRouter, capability: ResourceCapability) -> None:
    name = capability.name
    place = "/{team}/{name}"

    @routes.get(
        place,
        operation_id=f"{name}-show",
        summary="One of them",
        responses=answers(401, 404, ok=shown(ResourcePage, "As it stands.", headers={"ETag": "Its generation."})),
        dependencies=[Depends(Strictly()), Depends(bodies.none)],
    )
    async def show(parts: Served, caller: SignedIn, team: TeamName, name: ResourceName) -> Response:
        found = await visible.resource(parts.ledger, caller, _key(capability, team, name))
        shown = resource_view(found).model_dump()
        page = ResourcePage(**shown, placements=await placements(parts, found))
        return answer(page, headers={"ETag": etag(found.generation)})

    @routes.put(
        place,
        status_code=202,
        operation_id=f"{name}-change",
        summary="Change it: the body is the whole new request",
        responses=FILED,
        openapi_extra=body_of(capability),
        dependencies=[only_explain],
    )
    async def change(
        request: Request, desk: Filing, team: TeamName, name: ResourceName, if_match: IfMatch = None
    ) -> Response:
        spec = await bodies.read(request, capability.request)
        wish = Wish(
            capability=capability,
            verb="provision",
            change=True,
            team=team,
            name=name,
            spec=spec,
            generations=generations(if_match),
            idempotency_key=desk.idempotency_key,
            traceparent=desk.traceparent,
        )
        return await desk.file(wish)

    @routes.delete(
        place,
        status_code=202,
        operation_id=f"{name}-deprovision",
        summary="Remove it",
        responses=FILED,
        dependencies=[only_explain, Depends(bodies.none)],
    )
    async def deprovision(desk: Filing, team: TeamName, name: ResourceName, if_match: IfMatch = None) -> Response:
        wish = Wish(
            capability=capability,
            verb="deprovision",
            team=team,
            name=name,
            generations=generations(if_match),
            idempotency_key=desk.idempotency_key,
            traceparent=desk.traceparent,
        )
        return await desk.file(wish)


def _life(routes: APIRouter, capability: ResourceCapability) -> None:
    @routes.post(
        "/{team}/{name}/inspect",
        status_code=202,
        operation_id=f"{capability.name}-inspect",
        summary="Compare it with what was asked for; changes nothing",
        responses=FILED,
        dependencies=[only_explain, Depends(bodies.none)],
    )
    async def inspect(desk: Filing, team: TeamName, name: ResourceName) -> Response:
        wish = Wish(
            capability=capability,
            verb="inspect",
            team=team,
            name=name,
            idempotency_key=desk.idempotency_key,
            traceparent=desk.traceparent,
        )
        return await desk.file(wish)

    @routes.post(
        "/{team}/{name}/extend",
        operation_id=f"{capability.name}-extend",
        summary="Let it live longer",
        responses=answers(401, 403, 404, 409, 415, ok=shown(ResourceView, "Extended.")),
        openapi_extra=body_of(Extension),
        dependencies=[Depends(Strictly())],
    )
    async def extending(
        request: Request, parts: Served, caller: SignedIn, team: TeamName, name: ResourceName
    ) -> Response:
        wanted = await bodies.read(request, Extension)
        key = _key(capability, team, name)
        found = await extend(parts.ledger, caller, capability, key, lifetime_days=wanted.lifetime_days)
        return answer(resource_view(found), headers={"ETag": etag(found.generation)})


def _key(capability: ResourceCapability, team: str, name: str) -> ResourceKey:
    return ResourceKey(capability=capability.name, team=team, name=name)
