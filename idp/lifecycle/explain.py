"""Explain: what accepting a wish would do. Stores nothing."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from idp import names
from idp.access.caller import Caller
from idp.capability import ResourceCapability
from idp.errors import ConflictError, PreconditionError
from idp.ledger.protocol import Ledger
from idp.ledger.records import Acceptance, Page, ResourceRecord
from idp.ledger.refusals import Standing, refuse_violation
from idp.lifecycle.ids import next_id
from idp.lifecycle.placing import Repositories, Unread, placements
from idp.lifecycle.weighing import DeniedError, weighed
from idp.lifecycle.wishes import Wish

_RUN_PATTERN = "<request id>"
_UNREAD: Final = Unread()


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """What would happen. `rule` names the policy rule, or else what stands in the way."""

    allowed: bool
    rule: str
    reason: str
    approver_role: str | None
    requester: str
    steps: tuple[str, ...]
    names: dict[str, str]
    per_team: int | None
    used: int | None
    expires_at: datetime | None
    waits_behind: str | None = None
    """The open request of the resource, after which this one would come."""


async def explain(ledger: Ledger, caller: Caller, wish: Wish, *, repositories: Repositories = _UNREAD) -> Explanation:
    """Raises NotFoundError and InvalidError as `accept` would; whatever else refuses is explained."""
    used = await _living(ledger, wish)
    try:
        found = await weighed(ledger, caller, wish, id_=next_id(), now=datetime.now(UTC), repositories=repositories)
        refuse_violation(found.acceptance, await _standing(ledger, found.acceptance, found.before, used))
    except DeniedError as error:
        return _explanation(caller, wish, used, allowed=False, rule=error.verdict.rule, reason=error.verdict.reason)
    except (ConflictError, PreconditionError) as error:
        return _explanation(caller, wish, used, allowed=False, rule=error.slug, reason=str(error))
    verdict, resource = found.verdict, found.acceptance.resource
    return _explanation(
        caller,
        wish,
        used,
        allowed=True,
        rule=verdict.rule,
        reason=verdict.reason,
        approver_role=verdict.approver_role,
        expires_at=(found.before or resource).expires_at if resource else None,
        waits_behind=found.before.open_request if found.before and wish.queue else None,
    )


def _explanation(
    caller: Caller,
    wish: Wish,
    used: int,
    *,
    allowed: bool,
    rule: str,
    reason: str,
    approver_role: str | None = None,
    expires_at: datetime | None = None,
    waits_behind: str | None = None,
) -> Explanation:
    counted = isinstance(wish.capability, ResourceCapability)
    return Explanation(
        allowed=allowed,
        rule=rule,
        reason=reason,
        approver_role=approver_role,
        requester=caller.name,
        steps=_steps(wish),
        names=_names(wish),
        per_team=wish.capability.quota.per_team if isinstance(wish.capability, ResourceCapability) else None,
        used=used if counted else None,
        expires_at=expires_at,
        waits_behind=waits_behind,
    )


def _steps(wish: Wish) -> tuple[str, ...]:
    steps = tuple(step.name for step in wish.capability.steps)
    match wish.verb:
        case "inspect":
            return (names.TASK_LOOK,)
        case "deprovision":
            return (names.TASK_LOOK, names.TASK_GATE, *reversed(steps))
    return (names.TASK_LOOK, names.TASK_GATE, *steps)


def _names(wish: Wish) -> dict[str, str]:
    key = wish.key
    found = {
        "run": names.run(wish.capability.name, _RUN_PATTERN),
        "resource": names.resource(key.capability, key.team, key.name),
    }
    if isinstance(wish.capability, ResourceCapability):
        found["state_key"] = names.state_key(key.team, key.capability, key.name)
    return found


async def _standing(ledger: Ledger, acceptance: Acceptance, before: ResourceRecord | None, used: int) -> Standing:
    """What the ledger would look at in its transaction."""
    key, needed = acceptance.request.key, acceptance.must_be_ready
    return Standing(
        before=before,
        needed=tuple([await ledger.resource(each) for each in needed]),
        placed=tuple(await placements(ledger, key)) if acceptance.request.verb == "deprovision" else (),
        others=used - (before is not None),
        inhabitants=len(await ledger.inhabitants(key.team, key.name)) if acceptance.refuse_while_inhabited else 0,
    )


async def _living(ledger: Ledger, wish: Wish) -> int:
    """Resources of the capability that the team has: no more than its quota, or little more after that was lowered."""
    most = Page(limit=1000)
    return len(await ledger.resources(most, capability=wish.key.capability, teams={wish.team}))
