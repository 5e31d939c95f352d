"""Actions on a placement: what they stand on, and what their runs are told beside the request."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol, get_args

from idp import names
from idp.access.policy import Verdict
from idp.applications import ApplicationRequest, Deployment, DeploymentRequest, kind_of_version
from idp.capability import ActionCapability, CapabilityRequest, PlacedActionRequest
from idp.errors import FieldError, InvalidError, NotFoundError, UnavailableError
from idp.fields import Stage
from idp.ledger.protocol import Ledger
from idp.ledger.records import Page, RequestRecord, ResourceKey, ResourceRecord
from idp.lifecycle.wishes import ENVIRONMENTS, Wish

_FAR_BACK: Final = 200
"""Deployments of one placement that are searched for an approval."""
_STAGES: Final[tuple[str, ...]] = get_args(Stage)


class Repositories(Protocol):
    """Git servers, as far as they are asked."""

    async def commit(self, repository: str, ref: str) -> str:
        """What the branch or tag points to. Raises NotFoundError where there is none, UnavailableError, RefusedError."""

    async def people(self, repository: str, commit: str, since: str | None) -> Collection[str]:
        """Who wrote the commit and those before it, without what `since` has already; of all its history where that is None.

        Raises UnavailableError where not all of them can be told, RefusedError for a server that may not be asked.
        """

    async def ahead(self, repository: str, commit: str, since: str) -> bool:
        """Whether `since` is among the commits before it, so that nothing was taken back. Raises as `people` does."""


class Unread(Repositories):
    """For who cannot reach git servers: everything but a branch or a tag can be deployed."""

    async def commit(self, repository: str, ref: str) -> str:  # noqa: D102 - as the protocol says
        message = f"Nobody here reads {repository}, so {ref!r} is not resolved; name a commit or a digest."
        raise UnavailableError(message)

    async def people(self, repository: str, commit: str, since: str | None) -> Collection[str]:  # noqa: ARG002, D102 - as above
        message = f"Nobody here reads {repository}, so it is not known who wrote {commit}."
        raise UnavailableError(message)

    async def ahead(self, repository: str, commit: str, since: str) -> bool:  # noqa: D102 - as above
        message = f"Nobody here reads {repository}, so it is not known whether {commit} came after {since}."
        raise UnavailableError(message)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ground:
    """What a placed action stands on: both are there, and belong together."""

    resource: ResourceRecord
    environment: ResourceRecord

    @property
    def application(self) -> ApplicationRequest:
        """As it stands."""
        return ApplicationRequest.model_validate(dict(self.resource.standing_spec))


async def home_of(ledger: Ledger, wish: Wish) -> ResourceRecord | None:
    """The environment a placed action names; None where it is not there, or the action is no such one."""
    if not isinstance(wish.spec, PlacedActionRequest):
        return None
    return _living(await ledger.resource(environment_key(wish.team, wish.spec.environment)))


async def ground(ledger: Ledger, wish: Wish, home: ResourceRecord | None) -> Ground | None:
    """None for what is no placed action. Raises NotFoundError and InvalidError."""
    if not isinstance(wish.spec, PlacedActionRequest):
        return None
    resource = _living(await ledger.resource(wish.owner))
    if resource is None:
        message = f"There is no {wish.owner.capability} {wish.team}/{wish.name}. POST /v1/{wish.owner.capability} asks for one."
        raise NotFoundError(message)
    if home is None:
        message = f"There is no environment {wish.team}/{wish.spec.environment}. POST /v1/environments asks for one."
        raise InvalidError(message, [FieldError("/environment", message)])
    found = Ground(resource=resource, environment=home)
    _may_be_there(found)
    return found


async def completed(wish: Wish, ground: Ground, repositories: Repositories) -> CapabilityRequest:
    """What the run is told. Asks the git server where `version` is a branch or a tag."""
    spec = wish.spec
    assert spec is not None  # noqa: S101 - actions have one
    carries = wish.capability.carries if isinstance(wish.capability, ActionCapability) else None
    if carries is None:
        return spec
    found: dict[str, Any] = {"application": ground.application}
    if issubclass(carries, Deployment) and isinstance(spec, DeploymentRequest):
        found |= await _version(spec.version, ground.application.repository, repositories)
    return carries.model_validate({**spec.model_dump(), **found})


async def approved_before(ledger: Ledger, wish: Wish, verdict: Verdict) -> Verdict:
    """An image that was approved for this placement, and served, goes back there without another approval."""
    if verdict.approver_role is None or not isinstance(wish.spec, DeploymentRequest):
        return verdict
    for request in await ledger.requests(Page(limit=_FAR_BACK), key=wish.key, phases={"succeeded"}):
        if _was_approved(request) and _outputs(request).get("digest") == wish.spec.version:
            reason = (
                f"{wish.spec.version} was approved for this placement in request {request.id}, and goes back there."
            )
            return replace(verdict, rule="approved-before", reason=reason, approver_role=None)
    return verdict


def environment_key(team: str, environment: str) -> ResourceKey:
    """Of an environment."""
    return ResourceKey(capability=ENVIRONMENTS, team=team, name=environment)


async def placements(ledger: Ledger, key: ResourceKey) -> list[ResourceRecord]:
    """Those of a resource that are not removed."""
    found = await ledger.resources(Page(limit=1000), capability=names.placed(key.capability), teams={key.team})
    return [each for each in found if each.key.name.startswith(names.placement(key.name, ""))]


def _living(resource: ResourceRecord | None) -> ResourceRecord | None:
    return None if resource is None or resource.status == "removed" else resource


def _may_be_there(found: Ground) -> None:
    """The application says where it may go, and no further than its own stage. Raises InvalidError."""
    application, home = found.application, found.environment
    named = f"{application.team}/{application.name}"
    if application.placement(home.key.name) is None:
        known = ", ".join(each.environment for each in application.placements)
        message = f"Application {named} may be deployed to {known}, not to {home.key.name}; change it first."
        raise InvalidError(message, [FieldError("/environment", message)])
    if _STAGES.index(home.stage) > _STAGES.index(application.stage):
        message = f"Environment {home.key.name} is {home.stage}, and application {named} may go up to {application.stage} only."
        raise InvalidError(message, [FieldError("/environment", message)])


async def _version(version: str, repository: str, repositories: Repositories) -> dict[str, str]:
    match kind_of_version(version):
        case "digest":
            return {"digest": version}
        case "commit":
            return {"commit": version}
        case _:
            return {"commit": await _resolved(version, repository, repositories)}


async def _resolved(version: str, repository: str, repositories: Repositories) -> str:
    try:
        return await repositories.commit(repository, version)
    except NotFoundError as error:
        raise InvalidError(str(error), [FieldError("/version", str(error))]) from error


def _was_approved(request: RequestRecord) -> bool:
    return request.approval == "required" and request.approved_digest is not None


def _outputs(request: RequestRecord) -> Mapping[str, Any]:
    return request.outputs or {}
