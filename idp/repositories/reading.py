"""Refs and commits of a repository, asked by git's smart HTTP protocol, version 2: one call, no clone."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Final, TypeVar
from urllib.parse import urlsplit

import aiohttp

from idp.errors import ForbiddenError, InvalidError, NotFoundError, UnavailableError
from idp.repositories import lines, packs

_LARGEST: Final = 8 * 1024 * 1024
"""Bytes of an answer: some 100,000 branches, or 20,000 commits."""
_MOST_PEOPLE: Final = 500
_SECONDS: Final = 10.0
_HEADERS: Final = {
    "Git-Protocol": "version=2",
    "Content-Type": "application/x-git-upload-pack-request",
    "Accept": "application/x-git-upload-pack-result",
    "User-Agent": "git/idp",
}
_KIND: Final = "application/x-git-upload-pack-result"

T = TypeVar("T")


class GitServers:
    """`hosts` are those that may be asked, as `host` or `host:port`; none means any. Redirections are not followed."""

    def __init__(self, hosts: Collection[str] = ()) -> None:
        self._hosts = frozenset(hosts)

    async def commit(self, repository: str, ref: str) -> str:
        """What the branch or tag points to.

        Raises NotFoundError where there is neither, InvalidError where there are both, and what `refs` does.
        """
        wanted = (f"refs/heads/{ref}", f"refs/tags/{ref}")
        found = await self.refs(repository, wanted)
        commits = {found[name] for name in wanted if name in found}
        if len(commits) > 1:
            message = f"{ref!r} is a branch and a tag of {repository}, and they differ; name the commit."
            raise InvalidError(message)
        if not commits:
            message = f"There is no branch or tag {ref!r} in {repository}; push it first, or name another."
            raise NotFoundError(message)
        return commits.pop()

    async def heads(self, repository: str) -> dict[str, str]:
        """Branch -> commit. Raises what `refs` does."""
        found = await self.refs(repository, ("refs/heads/",))
        return {name.removeprefix("refs/heads/"): commit for name, commit in found.items()}

    async def refs(self, repository: str, prefixes: Sequence[str]) -> dict[str, str]:
        """Name -> commit, of those that begin so.

        Raises ForbiddenError for a server that may not be asked, UnavailableError where there is no sensible answer.
        """
        self._refuse_other_servers(repository)
        answer = await _asked(repository, lines.ls_refs(prefixes), "refs to list")
        try:
            return lines.refs(answer)
        except ValueError as error:
            message = f"{repository} does not speak git's protocol version 2 ({error}); is it the repository's address?"
            raise UnavailableError(message) from error

    async def people(self, repository: str, commit: str, since: str | None) -> set[str]:
        """Who wrote and committed the commit and those before it, without what `since` has already; all where that is None.

        By addresses, and by the names that forges know of them. Raises ForbiddenError for a server that may not be
        asked; UnavailableError where not all of them can be told: the server cannot leave out files (`--filter=tree:0`),
        does not know the commit, or there are too many.
        """
        return await self._told(repository, commit, since, partial(_people, commit=commit, since=since), "who wrote")

    async def ahead(self, repository: str, commit: str, since: str) -> bool:
        """Whether `since` is among the commits before it. Raises as `people` does."""
        return await self._told(repository, commit, since, partial(_is_ahead, since=since), "what came before")

    async def _told(
        self, repository: str, commit: str, since: str | None, understood: Callable[[bytes], T], what: str
    ) -> T:
        self._refuse_other_servers(repository)
        answer = await _asked(repository, lines.fetch(commit, since), "commits to read")
        try:
            return await asyncio.to_thread(understood, answer)
        except ValueError as error:
            message = f"{repository} does not tell {what} {commit}: {error}."
            raise UnavailableError(message) from error

    def _refuse_other_servers(self, repository: str) -> None:
        parts = urlsplit(repository)
        if self._hosts and not {parts.netloc, parts.hostname} & self._hosts:
            message = f"{parts.netloc} is none of the git servers of this platform: {', '.join(sorted(self._hosts))}."
            raise ForbiddenError(message)


def _people(answer: bytes, commit: str, since: str | None) -> set[str]:
    """Raises ValueError where the commits are not all there. One that `since` has already brings none."""
    found = packs.commits(lines.pack(answer))
    if commit not in found and (found or since is None):
        message = "it is not among the commits that were sent"
        raise ValueError(message)
    if since is None and (missing := packs.missing(found)):
        message = f"the server has only the newest of its history ({len(missing)} parents are missing)"
        raise ValueError(message)
    people = {name for each in found.values() for name in packs.people(each)}
    if len(people) > _MOST_PEOPLE:
        message = f"they go by {len(people)} names, more than {_MOST_PEOPLE}"
        raise ValueError(message)
    return people


def _is_ahead(answer: bytes, since: str) -> bool:
    return since in packs.missing(packs.commits(lines.pack(answer)))


async def _asked(repository: str, body: bytes, what: str) -> bytes:
    url = f"{repository}/git-upload-pack"
    timeout = aiohttp.ClientTimeout(total=_SECONDS)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(url, data=body, headers=_HEADERS, allow_redirects=False) as answer,
        ):
            if answer.status != 200 or answer.content_type != _KIND:  # noqa: PLR2004 - OK
                raise UnavailableError(_unexpected(repository, answer))
            content = await answer.content.read(_LARGEST + 1)
            while len(content) <= _LARGEST and (more := await answer.content.read(_LARGEST)):
                content += more
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:  # the last for a host that no name can be
        message = f"{repository} gives no answer ({error!r}); nothing is stored. Try again, or name a commit."
        raise UnavailableError(message) from error
    if len(content) > _LARGEST:
        message = f"{repository} has too many {what}; name a commit."
        raise UnavailableError(message)
    return content


def _unexpected(repository: str, answer: aiohttp.ClientResponse) -> str:
    return (
        f"{repository} answered {answer.status} ({answer.content_type}) where branches were asked for; nothing is stored."
        " Is it the repository's address, and may the platform read it?"
    )
