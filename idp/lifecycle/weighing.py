"""What a wish would write, and whether policy allows it: the one computation behind accept and explain. Stores nothing."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from idp import names
from idp.access.caller import Caller
from idp.access.policy import Verdict, asking
from idp.capability import Lifetime, ResourceCapability
from idp.errors import FieldError, ForbiddenError, InvalidError, NotFoundError, PreconditionError
from idp.ledger.protocol import Ledger
from idp.ledger.records import Acceptance, RequestRecord, ResourceKey, ResourceRecord
from idp.lifecycle.carrying import carriers
from idp.lifecycle.event import event
from idp.lifecycle.placing import (
    Ground,
    Repositories,
    Unread,
    approved_before,
    completed,
    environment_key,
    ground,
    home_of,
)
from idp.lifecycle.wishes import ENVIRONMENTS, Wish

_UNREAD: Final = Unread()


class DeniedError(ForbiddenError):
    """Policy says no."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.reason)
        self.verdict = verdict


@dataclass(frozen=True, kw_only=True, slots=True)
class Weighed:
    """Allowed by policy; whether the ledger takes it depends on what stands there."""

    verdict: Verdict
    acceptance: Acceptance
    before: ResourceRecord | None
    """The resource as it was read."""


async def weighed(
    ledger: Ledger, caller: Caller, wish: Wish, *, id_: str, now: datetime, repositories: Repositories = _UNREAD
) -> Weighed:
    """Raises DeniedError, NotFoundError, PreconditionError, InvalidError; UnavailableError where a git server is."""
    before = await ledger.resource(wish.key)
    if before and before.status == "removed":
        before = None
    home = await home_of(ledger, wish)
    stage = _stage(wish, home or before)
    verdict = asking(caller, wish.verb, stage=stage, team=wish.team, capability=wish.capability.name, name=wish.name)
    if not verdict.allowed:
        raise DeniedError(verdict)
    placed = await ground(ledger, wish, home)
    if placed:
        verdict = await approved_before(ledger, wish, verdict)
        told = await completed(wish, placed, repositories)
        gated = verdict.approver_role is not None
        carried_by = await carriers(ledger, wish, told, gated=gated, repositories=repositories)
        wish = replace(wish, carried=told, carriers=carried_by)
    elif before is None and (wish.change or wish.verb != "provision"):
        raise _missing(wish.key)
    if before:
        _refuse_other_generation(wish, before)
        _team_name_and_stage_stay(wish, before)
    request = _request(wish, caller, verdict, _spec(wish, before), stage=stage, id_=id_, now=now)
    _fits_the_wire(request)
    acceptance = _placing(wish, request, placed) if placed else _acceptance(wish, request, before)
    return Weighed(verdict=verdict, before=before, acceptance=acceptance)


def adoption(caller: Caller, verdict: Verdict, wish: Wish, *, id_: str, now: datetime) -> Acceptance:
    """What provisioning a new one would write, were it done already. Raises InvalidError."""
    stage = _stage(wish, None)
    request = _request(wish, caller, verdict, _spec(wish, None), stage=stage, id_=id_, now=now)
    _fits_the_wire(request)
    return _acceptance(wish, replace(request, phase="succeeded", finished_at=now), None)


def production_does_not_expire(stage: str, lifetime: Lifetime, created_at: datetime) -> datetime | None:
    """When a new resource's life ends unless it is extended; None for production."""
    return None if stage == "prod" else created_at + lifetime.default


def _stage(wish: Wish, before: ResourceRecord | None) -> str:
    """What is there decides; a stage that is not known yet counts as dev, which only members may touch too."""
    return before.stage if before else wish.stage or "dev"


def _missing(key: ResourceKey) -> NotFoundError:
    return NotFoundError(f"There is no {key.capability} {key.team}/{key.name}. POST /v1/{key.capability} asks for one.")


def _refuse_other_generation(wish: Wish, before: ResourceRecord) -> None:
    if wish.generations is not None and before.generation not in wish.generations:
        message = (
            f"{wish.key.capability} {wish.team}/{wish.name} is at generation {before.generation}, which is not what"
            " If-Match names; nothing is stored. Read it again."
        )
        raise PreconditionError(message)


def _team_name_and_stage_stay(wish: Wish, before: ResourceRecord) -> None:
    if not (wish.change and wish.spec):
        return
    stand = {"team": before.key.team, "name": before.key.name, "stage": before.stage}
    sent = {"team": wish.spec.team, "name": wish.spec.name, "stage": wish.stage}
    wrong = [
        FieldError(f"/{field}", f"is {stand[field]!r} and never changes; {sent[field]!r} was sent.")
        for field in stand
        if stand[field] != sent[field]
    ]
    if wrong:
        message = "Team, name and stage of a resource never change; ask for a new one instead."
        raise InvalidError(message, wrong)


def _spec(wish: Wish, before: ResourceRecord | None) -> dict[str, Any]:
    """What the run works with: the request's own, else what is applied, else (never applied) the newest."""
    if told := wish.carried or wish.spec:
        return told.model_dump(mode="json")
    assert before is not None  # noqa: S101 - a wish without a spec is about what is there
    return dict(before.standing_spec)


def _request(
    wish: Wish, caller: Caller, verdict: Verdict, spec: dict[str, Any], *, stage: str, id_: str, now: datetime
) -> RequestRecord:
    return RequestRecord(
        id=id_,
        run=names.run(wish.capability.name, id_),
        capability=wish.capability.name,
        verb=wish.verb,
        key=wish.key,
        stage=stage,
        requester=caller.name,
        approval="required" if verdict.approver_role else "none",
        approver_role=verdict.approver_role,
        rule=verdict.rule,
        spec=spec,
        created_at=now,
        traceparent=wish.traceparent,
        idempotency_key=wish.idempotency_key,
        body_sha256=wish.body_sha256(),
        carriers=tuple(sorted(wish.carriers)),
        source=wish.source,
    )


def _fits_the_wire(request: RequestRecord) -> None:
    """Refuse now what no event could carry. Raises InvalidError."""
    try:
        event(request).encoded()
    except InvalidError as error:
        raise InvalidError(str(error), [FieldError("", str(error))]) from error


def _acceptance(wish: Wish, request: RequestRecord, before: ResourceRecord | None) -> Acceptance:
    acceptance = Acceptance(request=request, resource=None, expected_generation=_expected(wish, before), quota=None)
    capability = wish.capability
    if not isinstance(capability, ResourceCapability) or wish.verb == "inspect":
        return replace(acceptance, must_be_ready=(wish.key,) if wish.verb == "perform" else (), may_wait_in=wish.queue)
    wanted = _wanted(wish, request, before, capability)
    if wish.verb == "deprovision":
        inhabitable = capability.name == ENVIRONMENTS
        return replace(acceptance, resource=wanted, refuse_while_inhabited=inhabitable, expired_at=wish.expired_at)
    return replace(
        acceptance,
        resource=wanted,
        quota=None if wish.change else capability.quota.per_team,
        must_be_ready=_home(wanted),
    )


def _expected(wish: Wish, before: ResourceRecord | None) -> int | None:
    if wish.verb == "provision" and not wish.change:
        return 0
    return before.generation if before and wish.generations is not None else None


def _wanted(
    wish: Wish, request: RequestRecord, before: ResourceRecord | None, capability: ResourceCapability
) -> ResourceRecord:
    """The resource as asked for. Status, generation and what is applied are the ledger's own to set."""
    if before and wish.spec is None:
        return before
    return ResourceRecord(
        key=wish.key,
        stage=request.stage,
        owner=capability.owner,
        status="provisioning",
        generation=1,
        spec=request.spec,
        applied_spec=None,
        outputs={},
        environment=request.spec.get("environment"),
        expires_at=production_does_not_expire(request.stage, capability.lifetime, request.created_at),
        open_request=request.id,
        created_at=request.created_at,
        updated_at=request.created_at,
    )


def _home(resource: ResourceRecord) -> tuple[ResourceKey, ...]:
    return () if resource.environment is None else (environment_key(resource.key.team, resource.environment),)


def _placing(wish: Wish, request: RequestRecord, placed: Ground) -> Acceptance:
    """The placement comes to be with the first action on it, and lives in the environment until its resource goes."""
    environment = placed.environment.key
    placement = ResourceRecord(
        key=wish.key,
        stage=request.stage,
        owner=wish.capability.owner,
        status="provisioning",
        generation=1,
        spec={"team": wish.team, "name": wish.name, "environment": environment.name},
        applied_spec=None,
        outputs={},
        environment=environment.name,
        expires_at=None,
        open_request=request.id,
        created_at=request.created_at,
        updated_at=request.created_at,
    )
    return Acceptance(
        request=request,
        resource=placement,
        expected_generation=None,
        quota=None,
        must_be_ready=(placed.resource.key, environment),
        may_wait_in=wish.queue,
    )
