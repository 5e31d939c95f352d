"""Who is asking."""

import re
from dataclasses import dataclass
from typing import Final

APPROVER: Final = "approver"
"""The role that decides."""
OPERATOR: Final = "operator"
"""The role that sees all, and mends the record when it is wrong."""

_TEAM: Final = "team:"
_SIGNABLE = re.compile(r"[A-Za-z0-9._@|:+/=~-]{1,200}")


@dataclass(frozen=True, slots=True)
class Caller:
    """A person or a program whose token holds."""

    name: str
    teams: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    also: frozenset[str] = frozenset()
    """What else the token calls them (e-mail address, user name): git knows people by these."""
    application: tuple[str, str] | None = None
    """Team and name, where it is no person but an application whose repository was pushed to."""

    @property
    def known_as(self) -> frozenset[str]:
        """All of their names as carriers of a change are written, and their teams."""
        return frozenset(map(carrier, {self.name} | self.also)) | frozenset(map(anybody_of, self.teams))


def application(team: str, name: str) -> Caller:
    """The principal of an application: what its own repository asks for. Parentheses, as for the sweeper."""
    return Caller(f"(application:{team}/{name})", application=(team, name))


SWEEPER: Final = Caller("(sweeper)")
"""The platform itself, ending what has outlived its lifetime. Parentheses are in no legal `sub`, so nobody can be it."""


def carrier(name: str) -> str:
    """Whoever pushed or wrote a change, as it is compared: e-mail addresses differ in case and are the same person's."""
    return name.strip().lower()


def anybody_of(team: str) -> str:
    """Stands among the carriers of a change for those who are not known: as any member may be one of them, none decides."""
    return f"({_TEAM}{team})"


def is_anybody(carrier: str) -> bool:
    """Whether it stands for a team. Parentheses are in no legal `sub`; who calls themselves so is held for a team."""
    return carrier.startswith(f"({_TEAM}")


def signable(name: str) -> bool:
    """Whether `sub` of a token may be this: what e-mail addresses, ids and service accounts are made of.

    The name goes into events, annotations and logs, where a brace or a line break would mean something.
    """
    return _SIGNABLE.fullmatch(name) is not None
