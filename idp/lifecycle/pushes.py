"""Pushes: what follows from a new head of a branch. A push is a hint: what is deployed is what the git server calls the head."""

import re
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Final, Protocol

import structlog

from idp import names
from idp.access.caller import application, carrier
from idp.access.policy import asking
from idp.applications import ApplicationRequest, DeploymentRequest, Placement
from idp.capability import Catalog
from idp.errors import NotFoundError, RefusedError, UnavailableError
from idp.ledger.protocol import Ledger
from idp.ledger.records import Page, RequestRecord, ResourceKey, ResourceRecord
from idp.lifecycle.accept import accept
from idp.lifecycle.placing import Repositories, Unread, environment_key
from idp.lifecycle.wishes import Wish

_log = structlog.get_logger(__name__)

_PAGE: Final = 200
_ANY: Final = "0" * 40


class Heads(Protocol):
    """Git servers, as far as they are asked."""

    async def heads(self, repository: str) -> Mapping[str, str]:
        """Branch -> commit. Raises UnavailableError, and RefusedError for a server that may not be asked."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pushes:
    """What the platform works with when a push comes."""

    ledger: Ledger
    catalog: Catalog
    heads: Heads | None = None
    """None where git servers cannot be asked: then what is told is taken."""
    repositories: Repositories = field(default_factory=Unread)
    """Git servers, for who wrote what is deployed where somebody must agree."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NewHead:
    """A branch of a team's repository has a new head."""

    team: str
    repository: str
    """As `names.repository` writes it."""
    branch: str
    commit: str
    """As it was told; the git server is asked again where it can be."""
    before: str | None = None
    """The head until then, where it was told."""
    paths: frozenset[str] | None = None
    """Files that were touched since, None where that is not known: then it is deployed everywhere."""
    people: frozenset[str] = frozenset()
    """Who pushed and who wrote it."""
    signed: bool = True
    """Whether those who pushed are among them."""
    traceparent: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Filed:
    """What came of a push for one placement of one application."""

    application: str
    environment: str
    request: RequestRecord | None
    reason: str
    """Why nothing was filed; empty where something was."""


async def pushed(pushes: Pushes, head: NewHead) -> list[Filed]:
    """File a deployment for each placement that follows this branch. Raises UnavailableError for a ledger that is away."""
    found: list[Filed] = []
    async for resource in applications_of(pushes.ledger, team=head.team, repository=head.repository):
        asked = specification(resource)
        follow = [each for each in asked.placements if each.branch == head.branch]
        found += [await _deployed(pushes, asked, each, head) for each in follow]
    return found


async def applications_of(
    ledger: Ledger, *, team: str | None = None, repository: str | None = None
) -> AsyncIterator[ResourceRecord]:
    """Applications that were made, of a team and of a repository where these are said."""
    page = Page(limit=_PAGE)
    teams = None if team is None else {team}
    while found := await ledger.resources(page, capability=names.APPLICATIONS, teams=teams):
        for resource in found:
            said = resource.applied_spec and names.repository(resource.applied_spec["repository"])
            if said and resource.status != "removing" and repository in {None, said}:
                yield resource
        page = Page(before=f"{found[-1].key.team}/{found[-1].key.name}", limit=_PAGE)


def specification(resource: ResourceRecord) -> ApplicationRequest:
    """As it stands."""
    return ApplicationRequest.model_validate(dict(resource.standing_spec))


def touched(paths: Collection[str] | None, filters: Collection[str]) -> bool:
    """Whether a push that touched these files concerns who follows these filters."""
    if paths is None or not filters:
        return True
    patterns = [_pattern(each) for each in filters]
    return any(pattern.fullmatch(path) for path in paths for pattern in patterns)


def _pattern(text: str) -> re.Pattern[str]:
    """A folder is all below it; `*` stays within a segment, `**` does not. The text has no other letter of a pattern's."""
    found = re.escape(text).replace(r"\*\*/", "(?:.*/)?").replace(r"\*\*", ".*").replace(r"\*", "[^/]*")
    return re.compile(f"{found}(?:/.*)?", re.DOTALL)


@dataclass(frozen=True, kw_only=True, slots=True)
class Following:
    """A placement that follows a branch, and how far it came."""

    asked: ApplicationRequest
    placement: Placement
    branch: str
    key: ResourceKey
    last: str
    """Id of the newest request that this branch asked for; empty where there is none."""
    known: str | None
    """The head up to which nothing was missed: it was filed, or nothing was touched since."""


async def following(pushes: Pushes, asked: ApplicationRequest, placement: Placement, branch: str) -> Following:
    """As the ledger knows it."""
    key, source = _wish(pushes, asked, placement, _ANY).key, names.branch(branch)
    found = await pushes.ledger.requests(Page(limit=1), key=key, capability=names.DEPLOYMENTS, source=source)
    last, filed = (found[0].id, found[0].spec["version"]) if found else ("", None)
    skipped, after = await pushes.ledger.skipped(key, source) or (None, None)
    known = skipped if skipped and after == last else filed
    return Following(asked=asked, placement=placement, branch=branch, key=key, last=last, known=known)


async def _deployed(pushes: Pushes, asked: ApplicationRequest, placement: Placement, head: NewHead) -> Filed:
    try:
        follows = await following(pushes, asked, placement, head.branch)
        nothing_lost = head.before == follows.known
        untouched = follows.last and nothing_lost and not touched(head.paths, placement.paths)
        if untouched and await _only_adds(pushes, asked.repository, head):
            source = names.branch(head.branch)
            await pushes.ledger.skip(follows.key, source, commit=head.commit, after=follows.last)
            return _nothing(follows, "no file was touched that it follows")
        commit = await _newest(head, asked.repository, pushes.heads)
        if commit not in {head.commit, follows.known} and await _gated(pushes, follows):
            return _nothing(follows, f"the head is {commit} by now; who pushed that is said by its own hook")
        signed = head.signed and commit == head.commit and (nothing_lost or follows.known is None)
        return await filed(pushes, follows, commit, people=head.people, signed=signed, traceparent=head.traceparent)
    except RefusedError as error:
        _log.warning("push_not_filed", team=asked.team, application=asked.name, branch=head.branch, reason=str(error))
        return Filed(application=asked.name, environment=placement.environment, request=None, reason=str(error))


async def _only_adds(pushes: Pushes, repository: str, head: NewHead) -> bool:
    """Whether what it touched is all that is other than before: not so where commits were taken back, which no hook names."""
    if pushes.heads is None or head.before is None:
        return True
    try:
        return await pushes.repositories.ahead(repository, head.commit, head.before)
    except UnavailableError as error:
        _log.warning("way_not_known", repository=repository, commit=head.commit, reason=str(error))
        return False


async def _gated(pushes: Pushes, follows: Following) -> bool:
    """Whether somebody must agree to what is deployed there."""
    asked = follows.asked
    home = await pushes.ledger.resource(environment_key(asked.team, follows.placement.environment))
    principal = application(asked.team, asked.name)
    about = {"team": asked.team, "capability": names.DEPLOYMENTS, "name": asked.name}
    return home is not None and asking(principal, "perform", stage=home.stage, **about).approver_role is not None


async def _newest(head: NewHead, repository: str, heads: Heads | None) -> str:
    """Hooks come late, in any order and more than once: the git server knows. While it is away its own word is taken."""
    if heads is None:
        return head.commit
    try:
        found = await heads.heads(repository)
    except UnavailableError as error:
        _log.warning("head_not_asked", repository=head.repository, branch=head.branch, reason=str(error))
        return head.commit
    if head.branch not in found:
        message = f"There is no branch {head.branch} in {repository} (any more)."
        raise NotFoundError(message)
    return found[head.branch]


async def filed(
    pushes: Pushes,
    follows: Following,
    commit: str,
    *,
    people: Collection[str] = (),
    signed: bool = False,
    traceparent: str = "",
) -> Filed:
    """Deploy the commit where it is followed, unless that was done. Raises what `accept` does.

    `signed`: whether those who pushed it are among the people.
    """
    if follows.known == commit:
        return _nothing(
            follows, f"{commit} is deployed by request {follows.last} already, or nothing was touched since"
        )
    asked = follows.asked
    wish = replace(
        _wish(pushes, asked, follows.placement, commit),
        traceparent=traceparent,
        carriers=frozenset(map(carrier, people)),
        unsigned=not signed,
        source=names.branch(follows.branch),
        idempotency_key=_once(follows.key.name, follows.branch, follows.last, commit),
    )
    caller = application(asked.team, asked.name)
    accepted = await accept(pushes.ledger, caller, wish, repositories=pushes.repositories)
    return Filed(application=asked.name, environment=follows.placement.environment, request=accepted.request, reason="")


def _wish(pushes: Pushes, asked: ApplicationRequest, placement: Placement, commit: str) -> Wish:
    spec = DeploymentRequest(team=asked.team, name=asked.name, environment=placement.environment, version=commit)
    capability = pushes.catalog[names.DEPLOYMENTS]
    return Wish(capability=capability, verb="perform", team=asked.team, name=asked.name, spec=spec)


def _once(*said: str) -> str:
    """The same for whoever sees the same head after the same last request: of two servers, or two hooks, one files it."""
    return "push:" + sha256("\0".join(said).encode()).hexdigest()


def _nothing(follows: Following, reason: str) -> Filed:
    return Filed(application=follows.asked.name, environment=follows.placement.environment, request=None, reason=reason)
