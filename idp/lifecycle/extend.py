"""Extend: let a resource live longer. Touches the ledger only."""

from datetime import UTC, datetime, timedelta

from idp.access.caller import Caller
from idp.capability import ResourceCapability
from idp.errors import ConflictError, FieldError, ForbiddenError, InvalidError
from idp.ledger.protocol import Ledger
from idp.ledger.records import ResourceKey, ResourceRecord
from idp.lifecycle import visible


async def extend(
    ledger: Ledger, caller: Caller, capability: ResourceCapability, key: ResourceKey, *, lifetime_days: int
) -> ResourceRecord:
    """It lives `lifetime_days` from now, at most the capability's longest lifetime from its beginning.

    Raises NotFoundError, ForbiddenError, ConflictError for production and for what is being removed, InvalidError for
    what is too long or shortens it.
    """
    if key.team not in caller.teams:
        message = f"Only members of team {key.team} may extend what is theirs."
        raise ForbiddenError(message)
    resource = await visible.resource(ledger, caller, key)
    if resource.expires_at is None:
        message = f"{key.capability} {key.team}/{key.name} is production, which does not expire."
        raise ConflictError(message)
    until = datetime.now(UTC) + timedelta(days=lifetime_days)
    _refuse(until, earliest=resource.expires_at, latest=resource.created_at + capability.lifetime.longest)
    return await ledger.extend(key, until, by=caller.name)


def _refuse(until: datetime, *, earliest: datetime, latest: datetime) -> None:
    if earliest <= until <= latest:
        return
    problem = (
        f"would end its life on {until:%Y-%m-%d %H:%M} UTC; it may be extended from {earliest:%Y-%m-%d %H:%M}"
        f" to {latest:%Y-%m-%d %H:%M} UTC at the latest."
    )
    message = f"lifetime_days {problem}"
    raise InvalidError(message, [FieldError("/lifetime_days", problem)])
