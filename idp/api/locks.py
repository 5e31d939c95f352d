"""Locks of Terraform's state: asked for by steps that meet one."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from idp.api import bodies
from idp.api.answers import answers, shown
from idp.api.parts import Served
from idp.api.permits import step
from idp.api.schemas import body_of
from idp.api.strictly import Strictly
from idp.api.views import View, answer
from idp.engines.protocol import StepIdentity
from idp.lifecycle.release import release

router = APIRouter(tags=["platform"])

_EXAMPLE: dict[str, JsonValue] = {
    "lock": "9db590f1-b6fe-c5f2-2678-8804f089deba",
    "holder": "idp@environments-01jd0000000000000000000000-terraform-apply-2174911835",
}


class LockBody(BaseModel):
    """The lock that is in the way."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra={"examples": [_EXAMPLE]})

    lock: str = Field(pattern=r"^[0-9a-f-]{36}$", description="Its id.")
    holder: str = Field(min_length=1, max_length=320, description="Who holds it, as Terraform says: `user@host`.")


class ReleaseView(View):
    """Release it."""

    releasable: Literal[True] = True


@router.post(
    "/v1/locks",
    operation_id="locks-release",
    summary="For steps: may this lock be released, as the run that held it has ended?",
    responses=answers(401, 409, 415, ok=shown(ReleaseView, "It may; both requests' histories say so.")),
    openapi_extra=body_of(LockBody),
    dependencies=[Depends(Strictly())],
)
async def ask(request: Request, parts: Served, asking: Annotated[StepIdentity, Depends(step)]) -> Response:
    """Of this step's resource only."""
    body = await bodies.read(request, LockBody)
    await release(parts.ledger, parts.engine, asking, lock=body.lock, holder=body.holder)
    return answer(ReleaseView())
