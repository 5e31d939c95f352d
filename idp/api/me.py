"""Who is asking, as the server sees it."""

from fastapi import APIRouter, Depends, Response

from idp.api import bodies
from idp.api.answers import answers, shown
from idp.api.identity import SignedIn, signed_in
from idp.api.strictly import Strictly
from idp.api.views import CallerView, answer, caller_view

router = APIRouter(tags=["platform"], dependencies=[Depends(signed_in)])


@router.get(
    "/v1/me",
    operation_id="me",
    summary="Your name, teams and roles",
    responses=answers(401, ok=shown(CallerView, "As your token says.")),
    dependencies=[Depends(Strictly()), Depends(bodies.none)],
)
async def me(caller: SignedIn) -> Response:
    """From the token alone."""
    return answer(caller_view(caller))
