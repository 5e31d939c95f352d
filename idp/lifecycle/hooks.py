"""Hooks: whether what arrived is a forge's word about a team's repository, and what follows from it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Literal

import structlog

from idp import names
from idp.access import hooks
from idp.access.caller import Caller
from idp.access.policy import hooking
from idp.errors import ConflictError, InvalidError, NotFoundError, UnauthenticatedError
from idp.forges.forge import Forge
from idp.forges.happenings import Delivery, Nothing, Pull, Push
from idp.ledger.hooks import HookRecord, Taken
from idp.ledger.protocol import Ledger
from idp.ledger.records import ResourceKey, ResourceRecord
from idp.lifecycle import visible
from idp.lifecycle.previews import Pulled, pulled
from idp.lifecycle.pushes import Filed, NewHead, Pushes, pushed, specification
from idp.lifecycle.weighing import DeniedError

_log = structlog.get_logger(__name__)


class HookRefusedError(UnauthenticatedError):
    """Nobody who may sign for that repository has signed this: one answer, whatever is wrong, or known."""

    slug = "hook-refused"
    title = "Hook refused"

    def __init__(self) -> None:
        super().__init__(
            "No secret known here has signed this. Compare the hook's address, secret and content type (JSON) with what"
            " `idp hook show` says."
        )


class HookShownError(ConflictError):
    """A secret is shown once."""

    slug = "hook-shown"


@dataclass(frozen=True, slots=True)
class Hook:
    """What arrived."""

    forge: Forge
    said: Delivery
    body: bytes
    """As it came: the signature is over these bytes."""

    def signed(self, secret: str) -> bool:
        """Whether with this one."""
        return self.forge.signed(self.said, self.body, secret)


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What came of one delivery."""

    outcome: Literal["filed", "noted", "nothing", "repeated"]
    reason: str = ""
    filed: tuple[Filed, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class HookSecret:
    """To be shown once."""

    hook: HookRecord
    secret: str


async def received(pushes: Pushes, key: bytes, hook: Hook) -> Outcome:
    """Verify, then act on it once. Raises HookRefusedError, InvalidError for a signed body that cannot be read."""
    now, forge, said = datetime.now(UTC), hook.forge.name, hook.said
    repository = _repository(hook)
    teams = await _signers(pushes.ledger, key, hook, repository, now)
    if not teams or not said.id or (said.at and abs(now - said.at) > hooks.WINDOW):
        _log.warning("hook_refused", forge=forge, repository=repository[:200], signed=bool(teams))
        raise HookRefusedError
    taken = Taken(forge=forge, id=said.id[:200], repository=repository, body_sha256=sha256(hook.body).hexdigest())
    if await pushes.ledger.taken(taken):
        return Outcome(outcome="repeated", reason="this was taken before")
    outcome = await _acted(pushes, hook, teams, repository)
    # Last: what is not taken yet comes again, and is filed once by its Idempotency-Key.
    await pushes.ledger.take(taken)
    _log.info("hook_taken", forge=forge, repository=repository, outcome=outcome.outcome, reason=outcome.reason)
    return outcome


async def shown(ledger: Ledger, caller: Caller, key: bytes, name: ResourceKey, *, rotate: bool) -> HookSecret:
    """Begin a generation of the hook of an application's repository, and show its secret: this once.

    Raises NotFoundError, DeniedError, HookShownError.
    """
    resource = await _hooked(ledger, caller, name)
    repository = names.repository(specification(resource).repository)
    hook = await ledger.show_hook(name.team, repository, by=caller.name, rotate=rotate)
    if hook is None:
        message = (
            f"The secret of {repository} was shown already, and a secret is shown once. `idp hook rotate"
            f" {name.team}/{name.name}` makes another; the one before stays good for {hooks.OVERLAP}."
        )
        raise HookShownError(message)
    _log.warning("hook_secret_shown", team=name.team, repository=repository, generation=hook.generation, by=caller.name)
    return HookSecret(hook=hook, secret=_secret(key, hook, hook.generation))


async def hook_of(ledger: Ledger, caller: Caller, name: ResourceKey) -> tuple[str, HookRecord | None]:
    """The repository of an application and its hook, None where none was begun. Raises NotFoundError, DeniedError."""
    resource = await _hooked(ledger, caller, name)
    repository = names.repository(specification(resource).repository)
    found = [each for each in await ledger.hooks(repository) if each.team == name.team]
    return repository, found[0] if found else None


async def _hooked(ledger: Ledger, caller: Caller, name: ResourceKey) -> ResourceRecord:
    resource = await visible.resource(ledger, caller, name)
    verdict = hooking(caller, team=name.team)
    if not verdict.allowed:
        raise DeniedError(verdict)
    if resource.applied_spec is None:
        message = f"Application {name.team}/{name.name} is not made yet; its hook can be shown when it is."
        raise NotFoundError(message)
    return resource


def _repository(hook: Hook) -> str:
    """Nothing is told of a body that cannot be read: it goes the way of one that nobody signed."""
    try:
        return names.repository(hook.forge.repository(hook.body))
    except ValueError:
        return ""


async def _signers(ledger: Ledger, key: bytes, hook: Hook, repository: str, now: datetime) -> list[str]:
    """Teams whose secret this was signed with. What is not known here costs as much as what is."""
    known = await ledger.hooks(repository)
    nobody = HookRecord(team="", repository=repository, generation=1, shown_by="", shown_at=now)
    found = []
    for each in known or [nobody]:
        current = hook.signed(_secret(key, each, each.generation))
        before = hook.signed(_secret(key, each, each.generation - 1))
        overlaps = each.generation > 1 and now - each.shown_at < hooks.OVERLAP
        if known and (current or (before and overlaps)):
            found.append(each.team)
    return found


def _secret(key: bytes, hook: HookRecord, generation: int) -> str:
    return hooks.secret(key, team=hook.team, repository=hook.repository, generation=generation)


async def _acted(pushes: Pushes, hook: Hook, teams: list[str], repository: str) -> Outcome:
    try:
        happening = hook.forge.happening(hook.said, hook.body)
    except ValueError as error:
        message = (
            f"This is no {hook.said.event[:40]!r} as {hook.forge.name} sends it, though its signature holds; nothing is"
            " done."
        )
        raise InvalidError(message) from error
    match happening:
        case Nothing(reason=reason):
            return Outcome(outcome="nothing", reason=reason)
        case Pull():
            return await _pulled(pushes.ledger, happening, teams, repository)
        case Push():
            return await _pushed(pushes, happening, teams, repository)


async def _pulled(ledger: Ledger, pull: Pull, teams: list[str], repository: str) -> Outcome:
    """A stranger's branch is not run here: whoever can open a pull request could else run a program of theirs."""
    if not pull.within and pull.action != "closed":
        return Outcome(outcome="nothing", reason="the pull request is from another repository")
    noted: list[str] = []
    for team in teams:
        noted += await pulled(
            ledger,
            Pulled(team=team, repository=repository, number=pull.number, action=pull.action, commit=pull.commit),
        )
    if not noted:
        return Outcome(outcome="nothing", reason="no application shows this pull request")
    return Outcome(outcome="noted", reason=f"pull request {pull.number} of {', '.join(noted)}: {pull.action}")


async def _pushed(pushes: Pushes, push: Push, teams: list[str], repository: str) -> Outcome:
    filed: list[Filed] = []
    for team in teams:
        head = NewHead(
            team=team,
            repository=repository,
            branch=push.branch,
            commit=push.commit,
            before=push.before,
            paths=push.paths,
            people=push.people,
            signed=push.signed,
        )
        filed += await pushed(pushes, head)
    if not filed:
        return Outcome(outcome="nothing", reason=f"no application follows the branch {push.branch}")
    return Outcome(outcome="filed" if any(each.request for each in filed) else "nothing", filed=tuple(filed))
