"""Who may ask for what, and who must agree: an ordered list of typed rules, the first that fits decides."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from idp import names
from idp.access.caller import APPROVER, OPERATOR, SWEEPER, Caller, is_anybody
from idp.capability import Verb


@dataclass(frozen=True, slots=True)
class Verdict:
    """What policy says. `approver_role`: another person with this role must agree first."""

    allowed: bool
    rule: str
    reason: str
    approver_role: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """Allows members of a team these verbs on resources of these stages."""

    name: str
    verbs: frozenset[Verb]
    stages: frozenset[str]
    reason: str
    approver_role: str | None = None


CHANGING: Final[frozenset[Verb]] = frozenset({"provision", "deprovision", "perform"})

RULES: Final = (
    Rule(
        name="members-may-look",
        verbs=frozenset({"inspect"}),
        stages=frozenset({"dev", "staging", "prod"}),
        reason="Members of the team may compare what they have with what they asked for.",
    ),
    Rule(
        name="members-may-change",
        verbs=CHANGING,
        stages=frozenset({"dev", "staging"}),
        reason="Members of the team may change what is not production.",
    ),
    Rule(
        name="production-needs-another-person",
        verbs=CHANGING,
        stages=frozenset({"prod"}),
        reason="A change of production needs another person with the role approver.",
        approver_role=APPROVER,
    ),
)


PUSH_RULES: Final = (
    Rule(
        name="pushes-may-deploy",
        verbs=frozenset({"perform"}),
        stages=frozenset({"dev", "staging"}),
        reason="What is pushed to an application's repository is deployed where the application says.",
    ),
    Rule(
        name="pushed-production-needs-another-person",
        verbs=frozenset({"perform"}),
        stages=frozenset({"prod"}),
        reason="A push to production needs a person with the role approver whose change it does not carry.",
        approver_role=APPROVER,
    ),
)
"""What an application may do by itself, because its repository was pushed to: deploy, and that only itself."""

PREVIEW_RULES: Final = (
    Rule(
        name="previews-come-and-go",
        verbs=frozenset({"provision", "deprovision"}),
        stages=frozenset({"dev"}),
        reason="A pull request gets an environment of its own, with the application in it, and loses both when it closes.",
    ),
)
"""The same for what is named after one of its pull requests."""
_OF_PREVIEWS: Final = frozenset({names.ENVIRONMENTS_CAPABILITY, names.APPLICATIONS})


def asking(caller: Caller, verb: Verb, *, stage: str, team: str, capability: str = "", name: str = "") -> Verdict:
    """Whether the caller may ask for this, and who must agree."""
    if caller.application:
        return _itself(caller, verb, stage, capability, (team, name))
    if team in caller.teams:
        return _MEMBERS.get((verb, stage)) or _denied("no-rule", f"No rule allows {verb} on stage {stage}.")
    if caller is SWEEPER and verb == "deprovision" and stage != "prod":
        return _LIFETIME_OVER
    return _denied("members-only", f"{caller.name} is not a member of team {team}; ask one, or ask to become one.")


def _itself(caller: Caller, verb: Verb, stage: str, capability: str, about: tuple[str, str]) -> Verdict:
    """An application deploys itself; what is named after one of its pull requests it also makes and removes."""
    assert caller.application is not None  # noqa: S101 - as asked
    team, own = caller.application
    preview = about[0] == team and names.is_preview(about[1], own)
    rules = _PREVIEWS if preview and capability in _OF_PREVIEWS else _PUSHES
    deploys = capability == names.DEPLOYMENTS and (preview or about == caller.application)
    if rules is _PUSHES and not deploys:
        message = f"{caller.name} may deploy itself and show its pull requests, and do nothing else."
        return _denied("its-own-only", message)
    return rules.get((verb, stage)) or _denied("no-rule", f"No rule allows {verb} on stage {stage}.")


def deciding(caller: Caller, *, role: str, requester: str, carriers: Collection[str] = ()) -> Verdict:
    """Whether the caller may approve or reject what the requester asked for, and whose change that carries."""
    if caller.name == requester:
        return _denied(
            "not-your-own", f"{caller.name} asked for this; another person with the role {role} must decide."
        )
    carried = sorted(caller.known_as.intersection(carriers))
    if named := [each for each in carried if not is_anybody(each)]:
        return _denied(
            "not-your-own-change",
            f"This carries a change of {', '.join(named)}; another person with the role {role} must decide.",
        )
    if carried:
        return _denied(
            "perhaps-your-own-change",
            f"Not all are known whose change this carries, so nobody of {', '.join(carried)} may decide; a person of"
            f" another team with the role {role} must.",
        )
    if role not in caller.roles:
        return _denied("approvers-only", f"{caller.name} does not have the role {role}.")
    return Verdict(allowed=True, rule="approvers-decide", reason=f"{caller.name} has the role {role}.")


def hooking(caller: Caller, *, team: str) -> Verdict:
    """Whether the caller may see and change what the team's repositories sign their hooks with."""
    if team in caller.teams:
        return Verdict(allowed=True, rule="members-hook", reason=f"{caller.name} is a member of team {team}.")
    return _denied("members-only", f"{caller.name} is not a member of team {team}; ask one, or ask to become one.")


def operating(caller: Caller) -> Verdict:
    """Whether the caller may mend what the record says of any team's resource: unlock, forget, adopt."""
    if OPERATOR not in caller.roles:
        return _denied("operators-only", f"{caller.name} does not have the role {OPERATOR}.")
    return Verdict(allowed=True, rule="operators-mend", reason=f"{caller.name} has the role {OPERATOR}.")


def sees_all(caller: Caller) -> bool:
    """Whether every team's things may be shown."""
    return OPERATOR in caller.roles


def sees(caller: Caller, *, team: str, approver_role: str | None = None) -> bool:
    """Members see what is their team's, operators all, approvers the requests that need their role."""
    return team in caller.teams or sees_all(caller) or approver_role in caller.roles


def _denied(rule: str, reason: str) -> Verdict:
    return Verdict(allowed=False, rule=rule, reason=reason)


_LIFETIME_OVER: Final = Verdict(
    allowed=True, rule="lifetime-is-over", reason="What has outlived its lifetime is removed without an approval."
)


def _compiled(rules: tuple[Rule, ...]) -> Mapping[tuple[str, str], Verdict]:
    """One look-up decides. Reversed, so that the first rule of the list wins."""
    return {
        (verb, stage): Verdict(allowed=True, rule=rule.name, reason=rule.reason, approver_role=rule.approver_role)
        for rule in reversed(rules)
        for verb in rule.verbs
        for stage in rule.stages
    }


_MEMBERS: Final = _compiled(RULES)
_PUSHES: Final = _compiled(PUSH_RULES)
_PREVIEWS: Final = _compiled(PREVIEW_RULES)
