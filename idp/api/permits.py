"""Permits: asked for by steps, before they change anything."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field

from idp.api import bodies
from idp.api.answers import answers, shown
from idp.api.identity import bearer_token
from idp.api.parts import Served
from idp.api.schemas import body_of
from idp.api.strictly import Strictly
from idp.api.views import View, answer
from idp.engines.protocol import StepIdentity
from idp.errors import UnauthenticatedError
from idp.lifecycle.permit import permit

router = APIRouter(tags=["platform"])

_step_token = HTTPBearer(
    auto_error=False, scheme_name="step", description="The token that the engine mounts into a step's container."
)


class PermitBody(BaseModel):
    """What the step is about to carry out."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra={"examples": [{"digest": "0" * 64}]})

    digest: str = Field(pattern=r"^[0-9a-f]{64}$", description="Of plan, image and request.")


class PermitView(View):
    """Go on."""

    permitted: Literal[True] = True


async def step(
    parts: Served, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_step_token)]
) -> StepIdentity:
    """Which step is asking: the engine says, not the caller. Raises UnauthenticatedError."""
    found = await parts.verifier.verify(bearer_token(credentials))
    if found is None:
        message = "The engine does not know this token as that of a running step."
        raise UnauthenticatedError(message)
    return found


@router.post(
    "/v1/permits",
    operation_id="permits-ask",
    summary="For steps: may this be carried out now?",
    responses=answers(401, 403, 415, ok=shown(PermitView, "It may.")),
    openapi_extra=body_of(PermitBody),
    dependencies=[Depends(Strictly())],
)
async def ask(request: Request, parts: Served, asking: Annotated[StepIdentity, Depends(step)]) -> Response:
    """Refused ones are recorded as alarms."""
    body = await bodies.read(request, PermitBody)
    await permit(parts.ledger, parts.catalog, asking, digest=body.digest)
    return answer(PermitView())
