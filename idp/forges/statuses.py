"""How each forge is told what became of a commit: one call each, as a value. Who sends it knows the token."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import quote, urlsplit

State = Literal["pending", "success", "failure", "gone"]
"""`gone`: nothing will come of it, and nothing is wrong."""

_LONGEST: Final = 140
"""Characters that GitHub shows."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Status:
    """What a commit's page shall say."""

    repository: str
    """Its address."""
    commit: str
    state: State
    context: str
    """Which of a commit's statuses this is: a later one of the same context takes its place."""
    description: str
    link: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """POST of a JSON body, below the forge's API."""

    path: str
    body: Mapping[str, Any]
    authorization: tuple[str, str]
    """Name and value of the header that says who calls."""


def call(forge: str, status: Status, token: str) -> Call:
    """Raises KeyError for a forge that is none of ours."""
    return _CALLS[forge](status, token)


def _github(status: Status, token: str) -> Call:
    return Call(
        path=f"/repos/{_path(status)}/statuses/{status.commit}",
        body=_body(status, "context", {"gone": "error"}),
        authorization=("Authorization", f"Bearer {token}"),
    )


def _gitea(status: Status, token: str) -> Call:
    return Call(
        path=f"/repos/{_path(status)}/statuses/{status.commit}",
        body=_body(status, "context", {"gone": "warning"}),
        authorization=("Authorization", f"token {token}"),
    )


def _gitlab(status: Status, token: str) -> Call:
    return Call(
        path=f"/projects/{quote(_path(status), safe='')}/statuses/{status.commit}",
        body=_body(status, "name", {"failure": "failed", "gone": "canceled"}),
        authorization=("PRIVATE-TOKEN", token),
    )


def _body(status: Status, context: str, words: Mapping[str, str]) -> dict[str, Any]:
    link = {"target_url": status.link} if status.link else {}
    return {
        "state": words.get(status.state, status.state),
        context: status.context,
        "description": status.description[:_LONGEST],
        **link,
    }


def _path(status: Status) -> str:
    """Owner and name, as the application writes them."""
    return urlsplit(status.repository).path.strip("/").removesuffix(".git")


_CALLS: Final[Mapping[str, Callable[[Status, str], Call]]] = {"github": _github, "gitlab": _gitlab, "gitea": _gitea}
