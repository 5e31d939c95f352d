"""Whose change a deployment carries: by the hook, by earlier requests, and by the commits themselves."""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

import structlog

from idp.access.caller import anybody_of, carrier, is_anybody
from idp.applications import Deployment
from idp.capability import CapabilityRequest
from idp.errors import RefusedError, UnavailableError
from idp.ledger.protocol import Ledger
from idp.ledger.records import Page, RequestRecord
from idp.lifecycle.placing import Repositories
from idp.lifecycle.wishes import Wish

_log = structlog.get_logger(__name__)

_FAR_BACK: Final = 200
"""Requests that are searched."""
_COMMIT: Final = re.compile(r"[0-9a-f]{40}")


async def carriers(
    ledger: Ledger, wish: Wish, told: CapabilityRequest, *, gated: bool, repositories: Repositories
) -> frozenset[str]:
    """Those the wish names, and those of earlier requests for the same commit or image.

    Where somebody must agree (`gated`), also whoever wrote a commit since the last one that was agreed to, by the git server's word,
    and whoever is named by pushes that came to nothing since: the new version has their commits too. Where not all can be
    known, the whole team stands for them: its approvers do not decide then.
    """
    if not isinstance(told, Deployment):
        return wish.carriers
    requests = await ledger.requests(Page(limit=_FAR_BACK), capability=wish.capability.name, teams={wish.team})
    own = [each for each in requests if each.spec.get("name") == told.name]
    found = wish.carriers | _named(each for each in own if _is_of(each, told))
    if not gated:
        return found
    here = await ledger.requests(Page(limit=_FAR_BACK), capability=wish.capability.name, key=wish.key)
    serves = next((number for number, each in enumerate(here) if _was_agreed_to(each)), len(here))
    since = [each for each in here[:serves] if each.source]
    found |= _named(since)
    if wish.source and any(is_anybody(name) for each in since for name in each.carriers):
        found |= {anybody_of(wish.team)}
    base = _built(here[serves].spec, own) if serves < len(here) else []
    return found | await _wrote(wish, told, _built(told.model_dump(), own), base, repositories)


async def _wrote(
    wish: Wish, told: Deployment, commits: Collection[str], base: Collection[str], repositories: Repositories
) -> frozenset[str]:
    """Of the commits that the version may have been built of."""
    found = {anybody_of(wish.team)} if wish.unsigned or not commits else set[str]()
    repository = told.application.repository
    try:
        for commit in commits:
            people = await repositories.people(repository, commit, next(iter(base)) if len(base) == 1 else None)
            found |= set(map(carrier, people))
    except (UnavailableError, RefusedError) as error:
        _log.warning(
            "authors_not_known", team=wish.team, application=told.name, version=told.version, reason=str(error)
        )
        found.add(anybody_of(wish.team))
    return frozenset(found)


def _named(requests: Iterable[RequestRecord]) -> frozenset[str]:
    return frozenset(name for each in requests for name in each.carriers if not is_anybody(name))


def _was_agreed_to(request: RequestRecord) -> bool:
    """And serves, or did: what went by without anybody's agreement, in an earlier life of the environment, does not count."""
    return request.phase == "succeeded" and request.approved_digest is not None


def _is_of(request: RequestRecord, told: Deployment) -> bool:
    """Whether it was for the same version."""
    digests = {request.spec.get("digest"), _digest(request)} - {None}
    return (told.commit is not None and request.spec.get("commit") == told.commit) or told.digest in digests


def _built(spec: Mapping[str, Any], own: Collection[RequestRecord]) -> list[str]:
    """The commit that was asked for; of an image, those that it was built of here. What its label says anybody can write."""
    if commit := spec.get("commit"):
        return [commit]
    digest = spec.get("digest")
    found = {each.spec.get("commit") for each in own if digest and _digest(each) == digest}
    return sorted(each for each in found if each and _COMMIT.fullmatch(each))


def _digest(request: RequestRecord) -> Any:
    return (request.outputs or {}).get("digest")
