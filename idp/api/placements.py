"""What a resource is in each environment: what serves there, how it is, and what was done last."""

import asyncio
from datetime import datetime
from typing import Any, Final

from pydantic import Field

from idp.api.parts import Parts
from idp.api.views import View
from idp.capability import ActionCapability, Catalog, PlacedActionRequest
from idp.ledger.records import Page, RequestPhase, RequestRecord, ResourceRecord, ResourceStatus
from idp.lifecycle import placing

_LAST: Final = 5
"""Actions that are shown of each placement."""


class LastView(View):
    """Something that was done to a placement."""

    request: str
    capability: str
    phase: RequestPhase
    requester: str
    created_at: datetime
    finished_at: datetime | None
    message: str
    version: str | None = Field(description="What was asked for; None where it was not a version.")
    commit: str | None
    digest: str | None
    revision: int | None
    settings: int | None = Field(description="Number of the settings that it serves with.")


class PlacementView(View):
    """A resource in one environment."""

    environment: str
    stage: str
    status: ResourceStatus
    health: str = Field(description="healthy, or what its address answers; unknown where the API does not look.")
    url: str | None
    commit: str | None
    digest: str | None
    revision: int | None
    settings: dict[str, Any] | None = Field(description="Number, values, and where secrets lie.")
    open_request: str | None
    last: list[LastView] = Field(description="The newest first.")


def has_placements(catalog: Catalog, capability: str) -> bool:
    """Whether some action acts on its resources where they are placed."""
    return any(
        each.acts_on == capability and issubclass(each.request, PlacedActionRequest)
        for each in catalog
        if isinstance(each, ActionCapability)
    )


async def placements(parts: Parts, resource: ResourceRecord) -> list[PlacementView] | None:
    """None for what has none by its kind."""
    if not has_placements(parts.catalog, resource.key.capability):
        return None
    found = await placing.placements(parts.ledger, resource.key)
    return list(await asyncio.gather(*(_placement(parts, each, _health_path(resource)) for each in found)))


async def _placement(parts: Parts, placement: ResourceRecord, health_path: str) -> PlacementView:
    outputs = placement.outputs
    url = outputs.get("url")
    requests = await parts.ledger.requests(Page(limit=_LAST), key=placement.key)
    return PlacementView(
        environment=str(placement.environment),
        stage=placement.stage,
        status=placement.status,
        health=await parts.probe(f"{url}{health_path}") if parts.probe and url else "unknown",
        url=url,
        commit=outputs.get("commit"),
        digest=outputs.get("digest"),
        revision=outputs.get("revision"),
        settings=outputs.get("settings"),
        open_request=placement.open_request,
        last=[_last(each) for each in requests],
    )


def _health_path(resource: ResourceRecord) -> str:
    return str(resource.spec.get("health_path", "/"))


def _last(request: RequestRecord) -> LastView:
    outputs = request.outputs or {}
    settings = outputs.get("settings") or {}
    return LastView(
        request=request.id,
        capability=request.capability,
        phase=request.phase,
        requester=request.requester,
        created_at=request.created_at,
        finished_at=request.finished_at,
        message=request.message,
        version=request.spec.get("version"),
        commit=outputs.get("commit") or request.spec.get("commit"),
        digest=outputs.get("digest") or request.spec.get("digest"),
        revision=outputs.get("revision"),
        settings=settings.get("number"),
    )
