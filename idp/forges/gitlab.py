"""GitLab: https://docs.gitlab.com/user/project/integrations/webhooks.

A *signing token* signs id, time and body (https://www.standardwebhooks.com); the older *secret token* is sent as it is, so
that whoever reads one hook can send others: it is taken, and the guide says which to choose.
"""

import hmac
import re
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from typing import Annotated, Final

from pydantic import Field

from idp.forges.forge import Forge, Headers
from idp.forges.happenings import Delivery, Happening, Nothing, Pull
from idp.forges.saying import Commit, CommitSaid, Person, Said, Text, push

_PREFIX: Final = "whsec_"
_SIGNED: Final = "v1,"
_LONGEST: Final = 4096
_SECONDS: Final = re.compile(r"[0-9]{1,11}", re.ASCII)
_ACTIONS: Final = {"open": "opened", "reopen": "opened", "update": "pushed", "close": "closed", "merge": "closed"}


class Project(Said):
    """A repository as GitLab tells it."""

    git_http_url: Text


class AboutProject(Said):
    """The part of every body that says which repository it is about."""

    project: Project


class PushSaid(AboutProject):
    """`Push Hook`."""

    ref: Text
    before: Commit | None = None
    after: Commit
    commits: tuple[CommitSaid, ...] = ()
    total_commits_count: Annotated[int, Field(ge=0)] = 0
    user_username: Text | None = None
    user_email: Text | None = None


class LastCommit(Said):
    """The head of the branch."""

    id: Commit
    author: Person = Person()


class MergeRequest(Said):
    """What is to be merged. `oldrev` is there where commits were pushed."""

    iid: Annotated[int, Field(ge=1, le=2**31)]
    action: Text = ""
    oldrev: Text | None = None
    last_commit: LastCommit
    source_project_id: int
    target_project_id: int


class MergeSaid(AboutProject):
    """`Merge Request Hook`."""

    object_attributes: MergeRequest
    user: Person = Person()


def delivery(headers: Headers) -> Delivery:
    """Of the headers. The id that is signed comes first: the other one is anybody's to choose."""
    signature = headers.get("webhook-signature", "")
    return Delivery(
        id=headers.get("webhook-id" if signature else "x-gitlab-event-uuid", ""),
        event=headers.get("x-gitlab-event", ""),
        signature=signature or headers.get("x-gitlab-token", ""),
        at=_time(headers.get("webhook-timestamp", "")) if signature else None,
    )


def signed(said: Delivery, body: bytes, secret: str) -> bool:
    """With the signing token where there is a signature, else with the secret token."""
    if said.at is None:
        return hmac.compare_digest(secret.encode(), said.signature.encode())
    key = b64decode(secret.removeprefix(_PREFIX))
    text = f"{said.id}.{int(said.at.timestamp())}.".encode() + body
    wanted = _SIGNED + b64encode(hmac.digest(key, text, "sha256")).decode()
    # More than one while a token is renewed. Each is compared, so that the time does not tell which one held.
    given = said.signature[:_LONGEST].split(" ")
    return sum(hmac.compare_digest(wanted.encode(), each.encode()) for each in given) > 0


def repository(body: bytes) -> str:
    """Its address."""
    return AboutProject.model_validate_json(body).project.git_http_url


def happening(said: Delivery, body: bytes) -> Happening:
    """Of a body whose signature holds."""
    if said.event == "Push Hook":
        found = PushSaid.model_validate_json(body)
        whole = found.total_commits_count <= len(found.commits)
        people = filter(None, (found.user_username, found.user_email))
        return push(found, whole=whole, people=people)
    if said.event == "Merge Request Hook":
        return _pull(MergeSaid.model_validate_json(body))
    return Nothing(f"nothing follows from the event {said.event[:40]!r}")


def _pull(found: MergeSaid) -> Happening:
    merge = found.object_attributes
    action = _ACTIONS.get(merge.action)
    if action is None or (action == "pushed" and not merge.oldrev):
        return Nothing(f"nothing follows from {merge.action[:40]!r} of a merge request without commits")
    return Pull(
        number=merge.iid,
        action=action,  # type: ignore[arg-type]  # a value of the table
        commit=merge.last_commit.id,
        within=merge.source_project_id == merge.target_project_id,
        people=found.user.names | merge.last_commit.author.names,
    )


def _time(text: str) -> datetime:
    """1970 for what is no time: too long ago for any window."""
    return datetime.fromtimestamp(int(text) if _SECONDS.fullmatch(text) else 0, UTC)


GITLAB: Final = Forge(name="gitlab", delivery=delivery, signed=signed, repository=repository, happening=happening)
