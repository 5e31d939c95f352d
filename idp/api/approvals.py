"""The approval of a request: what is to be decided, and deciding."""

from typing import Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from idp.api import bodies
from idp.api.answers import answers, shown
from idp.api.identity import SignedIn, signed_in
from idp.api.parts import Served
from idp.api.schemas import body_of
from idp.api.strictly import Strictly
from idp.api.views import ApprovalView, RequestView, answer, approval_view, request_view
from idp.lifecycle import visible
from idp.lifecycle.decide import decide

router = APIRouter(prefix="/v1/requests/{id}/approval", tags=["requests"], dependencies=[Depends(signed_in)])


class DecisionBody(BaseModel):
    """An approver's word on the plan with this digest."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={"examples": [{"verdict": "approve", "digest": "0" * 64, "comment": "As planned."}]},
    )

    verdict: Literal["approve", "reject"]
    digest: str = Field(max_length=128, description="The plan's, as GET shows it: another plan needs another decision.")
    comment: str = Field(default="", max_length=1000)


@router.get(
    "",
    operation_id="requests-approval",
    summary="Who must agree, and who did",
    responses=answers(401, 404, ok=shown(ApprovalView, "As it stands.")),
    dependencies=[Depends(Strictly()), Depends(bodies.none)],
)
async def show(parts: Served, caller: SignedIn, id: str) -> Response:  # noqa: A002 - the path's word
    """What is to be decided."""
    found = await visible.request(parts.ledger, caller, id)
    return answer(approval_view(found, await parts.ledger.decisions(found.id)))


@router.post(
    "",
    operation_id="requests-decide",
    summary="Approve or reject what was planned",
    responses=answers(401, 403, 404, 409, 415, ok=shown(RequestView, "Decided.")),
    openapi_extra=body_of(DecisionBody),
    dependencies=[Depends(Strictly())],
)
async def deciding(request: Request, parts: Served, caller: SignedIn, id: str) -> Response:  # noqa: A002 - the path's word
    """Binding: the permit holds the run to this very plan."""
    body = await bodies.read(request, DecisionBody)
    decided = await decide(parts.ledger, caller, id, verdict=body.verdict, digest=body.digest, comment=body.comment)
    return answer(await request_view(parts, decided))
