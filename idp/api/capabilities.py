"""The catalogue."""

from fastapi import APIRouter, Depends, Response

from idp.api import bodies
from idp.api.answers import answers, shown
from idp.api.identity import SignedIn, signed_in
from idp.api.parts import Served
from idp.api.strictly import Strictly
from idp.api.views import CapabilityList, answer, capability_view

router = APIRouter(tags=["platform"], dependencies=[Depends(signed_in)])


@router.get(
    "/v1/capabilities",
    operation_id="capabilities-list",
    summary="What the platform can do for a team",
    responses=answers(401, ok=shown(CapabilityList, "All of it.")),
    dependencies=[Depends(Strictly()), Depends(bodies.none)],
)
async def capabilities(parts: Served, _: SignedIn) -> Response:
    """In the catalogue's order."""
    return answer(CapabilityList(items=[capability_view(each) for each in parts.catalog]))
