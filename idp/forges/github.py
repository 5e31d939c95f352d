"""GitHub: https://docs.github.com/webhooks. HMAC-SHA256 over the raw body in `X-Hub-Signature-256`."""

import hmac
from typing import Annotated, Final

from pydantic import Field

from idp.forges.forge import Forge, Headers
from idp.forges.happenings import Delivery, Happening, Nothing, Pull
from idp.forges.saying import About, Cloned, Commit, CommitSaid, Person, Said, Text, push

_PREFIX: Final = "sha256="
_MOST_COMMITS: Final = 2048
"""GitHub names no more of a push."""
_ACTIONS: Final = {"opened": "opened", "reopened": "opened", "synchronize": "pushed", "closed": "closed"}


class PushSaid(About):
    """Event `push`."""

    ref: Text
    before: Commit | None = None
    after: Commit
    commits: tuple[CommitSaid, ...] = ()
    pusher: Person = Person()
    sender: Person = Person()


class Head(Said):
    """The branch of a pull request; no repository where that was removed."""

    sha: Commit
    repo: Cloned | None = None


class PullRequest(Said):
    """What is to be merged."""

    head: Head
    user: Person = Person()


class PullSaid(About):
    """Event `pull_request`."""

    action: Text
    number: Annotated[int, Field(ge=1, le=2**31)]
    pull_request: PullRequest
    sender: Person = Person()


def delivery(headers: Headers) -> Delivery:
    """Of the headers."""
    return Delivery(
        id=headers.get("x-github-delivery", ""),
        event=headers.get("x-github-event", ""),
        signature=headers.get("x-hub-signature-256", ""),
    )


def signed(said: Delivery, body: bytes, secret: str) -> bool:
    """The signature covers the body alone."""
    wanted = _PREFIX + hmac.digest(secret.encode(), body, "sha256").hex()
    return hmac.compare_digest(wanted.encode(), said.signature.encode())


def repository(body: bytes) -> str:
    """Its address."""
    return About.model_validate_json(body).repository.clone_url


def happening(said: Delivery, body: bytes) -> Happening:
    """Of a body whose signature holds."""
    if said.event == "push":
        found = PushSaid.model_validate_json(body)
        # `pusher.name` is the account's name, and no full name as elsewhere.
        people = {found.pusher.name or "", *found.pusher.names, *found.sender.names} - {""}
        whole = len(found.commits) < _MOST_COMMITS
        return push(found, whole=whole, people=people)
    if said.event == "pull_request":
        return pull(PullSaid.model_validate_json(body), _ACTIONS)
    return Nothing(f"nothing follows from the event {said.event[:40]!r}")


def pull(found: PullSaid, actions: dict[str, str]) -> Happening:
    """Gitea says the same in the same words, but for one."""
    action = actions.get(found.action)
    if action is None:
        return Nothing(f"nothing follows from {found.action[:40]!r} of a pull request")
    head = found.pull_request.head
    within = head.repo is not None and head.repo.clone_url == found.repository.clone_url
    return Pull(
        number=found.number,
        action=action,  # type: ignore[arg-type]  # a value of the table
        commit=head.sha,
        within=within,
        people=found.sender.names | found.pull_request.user.names,
    )


GITHUB: Final = Forge(name="github", delivery=delivery, signed=signed, repository=repository, happening=happening)
