"""What happened in a repository, in words that fit all forges."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """What a hook's headers say. Nothing of it is to be believed before the signature holds."""

    id: str
    """Told apart from others by it; empty where the forge gave none."""
    event: str
    signature: str
    """Empty where there is none."""
    at: datetime | None = None
    """When it was signed, where the signature covers that."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Push:
    """A branch has a new head."""

    branch: str
    commit: str
    before: str | None
    """The head until then."""
    paths: frozenset[str] | None
    """Files that were touched; None where the forge did not name them all."""
    people: frozenset[str]
    """Who pushed and who wrote the commits, by all the names that the forge tells."""
    signed: bool = True
    """Whether it tells who pushed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pull:
    """A pull request was opened, pushed to or closed."""

    number: int
    action: Literal["opened", "pushed", "closed"]
    commit: str
    within: bool
    """Whether its branch is one of the repository itself: who may push there is known to it. Another's is a stranger's."""
    people: frozenset[str]


@dataclass(frozen=True, slots=True)
class Nothing:
    """Nothing that is acted on, and why."""

    reason: str


Happening = Push | Pull | Nothing
