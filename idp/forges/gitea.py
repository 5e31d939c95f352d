"""Gitea and Forgejo: https://docs.gitea.com/usage/webhooks. HMAC-SHA256 over the raw body in `X-Gitea-Signature`."""

import hmac
from typing import Annotated, Final

from pydantic import Field

from idp.forges import github
from idp.forges.forge import Forge, Headers
from idp.forges.happenings import Delivery, Happening, Nothing
from idp.forges.saying import push

_ACTIONS: Final = {"opened": "opened", "reopened": "opened", "synchronized": "pushed", "closed": "closed"}


class PushSaid(github.PushSaid):
    """Event `push`: GitHub's words, and how many commits there are."""

    total_commits: Annotated[int, Field(ge=0)] = 0


def delivery(headers: Headers) -> Delivery:
    """Of the headers: it sends GitHub's too, but its own say what it is."""
    return Delivery(
        id=headers.get("x-gitea-delivery", ""),
        event=headers.get("x-gitea-event", ""),
        signature=headers.get("x-gitea-signature", ""),
    )


def signed(said: Delivery, body: bytes, secret: str) -> bool:
    """The signature covers the body alone."""
    wanted = hmac.digest(secret.encode(), body, "sha256").hex()
    return hmac.compare_digest(wanted.encode(), said.signature.encode())


def happening(said: Delivery, body: bytes) -> Happening:
    """Of a body whose signature holds."""
    if said.event == "push":
        found = PushSaid.model_validate_json(body)
        whole = found.total_commits <= len(found.commits)
        people = found.pusher.names | found.sender.names
        return push(found, whole=whole, people=people)
    if said.event in {"pull_request", "pull_request_sync"}:
        return github.pull(github.PullSaid.model_validate_json(body), _ACTIONS)
    return Nothing(f"nothing follows from the event {said.event[:40]!r}")


GITEA: Final = Forge(name="gitea", delivery=delivery, signed=signed, repository=github.repository, happening=happening)
