"""What the bodies of all forges share. Only here are unknown fields let pass: forges add some with every release.

Fields that are read are typed and short; the rest is never kept.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Annotated, Final, Protocol

from pydantic import BaseModel, ConfigDict, Field

from idp.forges.happenings import Happening, Nothing, Push

_BRANCH: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*([./][A-Za-z0-9_][A-Za-z0-9_-]*)*")
"""As `idp.fields.BranchName`: what no application can name is not acted on."""
_LONGEST_BRANCH: Final = 120
_HEADS: Final = "refs/heads/"
_GONE: Final = "0" * 40

Commit = Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]
Text = Annotated[str, Field(max_length=300)]
Paths = Annotated[tuple[Annotated[str, Field(max_length=4096)], ...], Field(max_length=20_000)]


class Said(BaseModel):
    """Part of a body: what is needed of it, and whatever else there is."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Person(Said):
    """Somebody, by the names that the forge knows."""

    name: Text | None = None
    username: Text | None = None
    login: Text | None = None
    email: Text | None = None

    @property
    def names(self) -> frozenset[str]:
        """A full name is no identity: two people may share it, and anybody may write it."""
        return frozenset(filter(None, (self.username, self.login, self.email)))


class CommitSaid(Said):
    """One commit of a push."""

    author: Person = Person()
    added: Paths = ()
    modified: Paths = ()
    removed: Paths = ()

    @property
    def paths(self) -> frozenset[str]:
        """Files that it touches."""
        return frozenset((*self.added, *self.modified, *self.removed))


class Cloned(Said):
    """A repository as GitHub and Gitea tell it."""

    clone_url: Text


class About(Said):
    """The part of every body that says which repository it is about."""

    repository: Cloned


class Pushed(Protocol):
    """A push, by the names that all forges have for its parts."""

    @property
    def ref(self) -> str:
        """`refs/heads/main`."""

    @property
    def before(self) -> str | None:
        """The head until then."""

    @property
    def after(self) -> str:
        """The head from then on."""

    @property
    def commits(self) -> Sequence[CommitSaid]:
        """Those that the forge names."""


def push(said: Pushed, *, whole: bool, people: Iterable[str]) -> Happening:
    """`whole`: whether all commits of the push are named, so that what it touched is known."""
    branch = said.ref.removeprefix(_HEADS)
    if branch == said.ref:
        return Nothing("no branch was pushed")
    if len(branch) > _LONGEST_BRANCH or not _BRANCH.fullmatch(branch):
        return Nothing("the branch has a name that no application can name")
    if said.after == _GONE:
        return Nothing("the branch was removed")
    pushers = frozenset(people)
    touched = frozenset[str]().union(*(each.paths for each in said.commits))
    return Push(
        branch=branch,
        commit=said.after,
        before=said.before,
        paths=touched if whole and said.commits else None,
        people=pushers.union(*(each.author.names for each in said.commits)),
        signed=bool(pushers),
    )
