"""Hooks of git servers, and what their repositories sign them with."""

from enum import StrEnum
from typing import Any, Final, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from idp import names
from idp.api import bodies
from idp.api.answers import answers, shown
from idp.api.identity import SignedIn, signed_in
from idp.api.parts import Parts, Served
from idp.api.strictly import Strictly
from idp.api.views import View, answer, request_path
from idp.errors import UnavailableError
from idp.fields import ResourceName, TeamName
from idp.forges import FORGES
from idp.ledger.hooks import HookRecord
from idp.ledger.records import ResourceKey
from idp.lifecycle.hooks import Hook, HookSecret, hook_of, received
from idp.lifecycle.hooks import shown as shown_secret
from idp.lifecycle.pushes import Filed, Pushes

router = APIRouter(prefix="/v1/hooks", tags=["hooks"])

_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "As the git server sends it; its signature is in a header.",
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
}


class ForgeName(StrEnum):
    """The kinds of git servers; a test holds them to `FORGES`."""

    GITHUB = "github"
    GITLAB = "gitlab"
    GITEA = "gitea"


class NoHookKeyError(UnavailableError):
    """None are taken by this installation."""

    slug = "no-hook-key"
    title = "No hooks here"


class FiledView(View):
    """What came of a push for one placement of one application."""

    application: str
    environment: str
    request: str | None = Field(description="The deployment; None where there is none, and `reason` says why.")
    reason: str
    links: dict[str, str]


class OutcomeView(View):
    """What came of a hook."""

    outcome: Literal["filed", "noted", "nothing", "repeated"]
    reason: str
    filed: list[FiledView]


class HookView(View):
    """The hook of an application's repository."""

    repository: str
    addresses: dict[str, str] = Field(description="Where each kind of git server posts to, below this API's address.")
    generation: int | None = Field(description="Counts secrets; None while none was shown.")
    shown_by: str | None
    shown_at: str | None


class SecretView(HookView):
    """With its secret, which is shown this once."""

    secret: str


@router.post(
    "/{forge}",
    operation_id="hooks-receive",
    summary="For git servers: something happened in a repository",
    responses=answers(401, ok=shown(OutcomeView, "Taken; what came of it.")),
    openapi_extra=_BODY,
    dependencies=[Depends(Strictly())],
)
async def receive(request: Request, parts: Served, forge: ForgeName) -> Response:
    """Signed with the repository's secret; everything else gets one answer."""
    kind = FORGES[forge.value]
    hook = Hook(kind, kind.delivery(request.headers), await request.body())
    outcome = "refused"
    try:
        found = await received(_pushes(parts), _key(parts), hook)
        outcome = found.outcome
    finally:
        parts.measures.hooked(kind.name, outcome)
    filed = [_filed(each) for each in found.filed]
    return answer(OutcomeView(outcome=found.outcome, reason=found.reason, filed=filed))


@router.get(
    "/applications/{team}/{name}",
    operation_id="hooks-show",
    summary="Where the git server posts to, and which secret is in use",
    responses=answers(401, 403, 404, ok=shown(HookView, "As it stands; never a secret.")),
    dependencies=[Depends(Strictly()), Depends(bodies.none), Depends(signed_in)],
)
async def show(parts: Served, caller: SignedIn, team: TeamName, name: ResourceName) -> Response:
    """Of an application's repository."""
    repository, hook = await hook_of(parts.ledger, caller, _application(team, name))
    return answer(HookView(**_hook(repository, hook)))


@router.post(
    "/applications/{team}/{name}/secret",
    status_code=201,
    operation_id="hooks-secret",
    summary="Show the first secret of an application's repository: once",
    responses=answers(401, 403, 404, 409, ok=shown(SecretView, "Keep it: it is not shown again.", status=201)),
    dependencies=[Depends(Strictly()), Depends(bodies.none), Depends(signed_in)],
)
async def secret(parts: Served, caller: SignedIn, team: TeamName, name: ResourceName) -> Response:
    """Begins its first generation."""
    return _told(await shown_secret(parts.ledger, caller, _key(parts), _application(team, name), rotate=False))


@router.post(
    "/applications/{team}/{name}/rotate",
    status_code=201,
    operation_id="hooks-rotate",
    summary="Make and show another secret; the one before stays good for a day",
    responses=answers(401, 403, 404, ok=shown(SecretView, "Keep it: it is not shown again.", status=201)),
    dependencies=[Depends(Strictly()), Depends(bodies.none), Depends(signed_in)],
)
async def rotate(parts: Served, caller: SignedIn, team: TeamName, name: ResourceName) -> Response:
    """Begins its next generation."""
    return _told(await shown_secret(parts.ledger, caller, _key(parts), _application(team, name), rotate=True))


def _pushes(parts: Parts) -> Pushes:
    return Pushes(ledger=parts.ledger, catalog=parts.catalog, heads=parts.heads, repositories=parts.repositories)


def _key(parts: Parts) -> bytes:
    """Raises NoHookKeyError."""
    if parts.hook_key is None:
        message = (
            "This installation has no key for hooks: set IDP_HOOK_KEY_FILE to a file with 32 random bytes or more."
        )
        raise NoHookKeyError(message)
    return parts.hook_key


def _application(team: str, name: str) -> ResourceKey:
    return ResourceKey(capability=names.APPLICATIONS, team=team, name=name)


def _filed(filed: Filed) -> FiledView:
    links = {"request": request_path(filed.request.id)} if filed.request else {}
    return FiledView(
        application=filed.application,
        environment=filed.environment,
        request=filed.request.id if filed.request else None,
        reason=filed.reason,
        links=links,
    )


def _hook(repository: str, hook: HookRecord | None) -> dict[str, Any]:
    return {
        "repository": repository,
        "addresses": {forge: f"/v1/hooks/{forge}" for forge in FORGES},
        "generation": hook.generation if hook else None,
        "shown_by": hook.shown_by if hook else None,
        "shown_at": hook.shown_at.isoformat() if hook else None,
    }


def _told(found: HookSecret) -> Response:
    return answer(SecretView(**_hook(found.hook.repository, found.hook), secret=found.secret), 201)
