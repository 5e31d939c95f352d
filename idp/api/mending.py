"""The operator's routes of a resource, for the day on which the record is wrong: unlock, forget, adopt."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field, create_model

from idp.api import bodies
from idp.api.answers import answers, shown
from idp.api.etags import etag
from idp.api.identity import SignedIn
from idp.api.parts import Served
from idp.api.schemas import body_of
from idp.api.strictly import Strictly
from idp.api.views import Json, RequestView, ResourceView, View, answer, request_view, resource_view
from idp.capability import CapabilityRequest, ResourceCapability
from idp.fields import ResourceName, TeamName
from idp.ledger.records import ResourceKey
from idp.lifecycle.adopt import adopt
from idp.lifecycle.forget import Forgotten, forget
from idp.lifecycle.unlock import unlock

Reason = Annotated[
    str,
    Field(
        pattern=r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$",
        max_length=1000,
        description="Why; it is kept in the history.",
        examples=["Its run is gone since the cluster was restored."],
    ),
]


class Mending(BaseModel):
    """Why the record is mended."""

    model_config = ConfigDict(extra="forbid", strict=True)

    reason: Reason


class AdoptionBody(Mending):
    """What is out there; `spec` is the whole request that would have made it."""

    spec: CapabilityRequest


class ForgottenView(View):
    """What is left out there: remove it by hand, or adopt it again."""

    capability: str
    team: str
    name: str
    state_key: str = Field(description="Of its Terraform state, which still stands where the target keeps it.")
    spec: Json = Field(description="What was applied last; of something that never was, what was asked for.")
    outputs: Json


def adoption_body(capability: ResourceCapability) -> type[AdoptionBody]:
    """The body of one capability's `adopt`."""
    return create_model(f"{capability.request.__name__}Adoption", __base__=AdoptionBody, spec=(capability.request, ...))


def add(routes: APIRouter, capability: ResourceCapability) -> None:
    """One capability's."""
    _unlock(routes, capability)
    _forget(routes, capability)
    _adopt(routes, capability)


def _unlock(routes: APIRouter, capability: ResourceCapability) -> None:
    @routes.post(
        "/{team}/{name}/unlock",
        operation_id=f"{capability.name}-unlock",
        summary="For operators: end its open request, whose run has ended or is gone",
        responses=answers(401, 403, 404, 409, 415, ok=shown(RequestView, "The request, failed.")),
        openapi_extra=body_of(Mending),
        dependencies=[Depends(Strictly())],
    )
    async def unlocking(
        request: Request, parts: Served, caller: SignedIn, team: TeamName, name: ResourceName
    ) -> Response:
        wanted = await bodies.read(request, Mending)
        key = _key(capability, team, name)
        unlocked = await unlock(parts.ledger, parts.engine, caller, key, reason=wanted.reason)
        return answer(await request_view(parts, unlocked))


def _forget(routes: APIRouter, capability: ResourceCapability) -> None:
    @routes.post(
        "/{team}/{name}/forget",
        operation_id=f"{capability.name}-forget",
        summary="For operators: remove its record and nothing else; the answer names what is left",
        responses=answers(401, 403, 404, 409, 415, ok=shown(ForgottenView, "Forgotten.")),
        openapi_extra=body_of(Mending),
        dependencies=[Depends(Strictly())],
    )
    async def forgetting(
        request: Request, parts: Served, caller: SignedIn, team: TeamName, name: ResourceName
    ) -> Response:
        wanted = await bodies.read(request, Mending)
        found = await forget(parts.ledger, caller, _key(capability, team, name), reason=wanted.reason)
        return answer(_forgotten_view(found))


def _adopt(routes: APIRouter, capability: ResourceCapability) -> None:
    body = adoption_body(capability)

    @routes.post(
        "/{team}/{name}/adopt",
        status_code=201,
        operation_id=f"{capability.name}-adopt",
        summary="For operators: record one that is out there as ready, with what it was made from",
        responses=answers(401, 403, 409, 415, ok=shown(ResourceView, "Recorded.", status=201)),
        openapi_extra=body_of(body),
        dependencies=[Depends(Strictly())],
    )
    async def adopting(
        request: Request, parts: Served, caller: SignedIn, team: TeamName, name: ResourceName
    ) -> Response:
        wanted = await bodies.read(request, body)
        key = _key(capability, team, name)
        found = await adopt(parts.ledger, caller, capability, key, spec=wanted.spec, reason=wanted.reason)
        return answer(resource_view(found), 201, headers={"ETag": etag(found.generation)})


def _forgotten_view(found: Forgotten) -> ForgottenView:
    resource = found.resource
    return ForgottenView(
        capability=resource.key.capability,
        team=resource.key.team,
        name=resource.key.name,
        state_key=found.state_key,
        spec=dict(resource.standing_spec),
        outputs=dict(resource.outputs),
    )


def _key(capability: ResourceCapability, team: str, name: str) -> ResourceKey:
    return ResourceKey(capability=capability.name, team=team, name=name)
