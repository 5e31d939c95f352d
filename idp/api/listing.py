"""Whose things a list shows."""

from collections.abc import Collection

from idp.access.caller import Caller
from idp.access.policy import sees, sees_all
from idp.errors import ForbiddenError


def shown_teams(caller: Caller, team: str | None) -> Collection[str] | None:
    """The one asked for, else the caller's; None means all. Raises ForbiddenError for another team's."""
    if team is None:
        return None if sees_all(caller) else caller.teams
    if not sees(caller, team=team):
        message = f"{caller.name} is not a member of team {team}, and does not have the role operator."
        raise ForbiddenError(message)
    return {team}
