"""Git servers as the settings name them."""

from collections.abc import Mapping
from dataclasses import replace

from idp.delivery.pace import Pace
from idp.delivery.reporter import GitServer
from idp.settings import ServerSettings


def git_servers(settings: ServerSettings) -> Mapping[str, GitServer]:
    """By host."""
    return {
        host: GitServer(forge=each.forge, api=str(each.api), token_file=each.token_file)
        for host, each in settings.git_servers.items()
    }


def link(settings: ServerSettings) -> str | None:
    """The API's address as people reach it."""
    return str(settings.public_url) if settings.public_url else None


def paced(pace: Pace, settings: ServerSettings) -> Pace:
    """The same, but for how often git servers are asked."""
    return replace(pace, branches=settings.branches_seconds, hooks=settings.branches_seconds / 2)
