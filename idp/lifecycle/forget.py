"""Forget: an operator removes the record of a resource, and nothing else."""

from dataclasses import dataclass

import structlog

from idp import names
from idp.access.caller import Caller
from idp.access.policy import operating
from idp.ledger.protocol import Ledger
from idp.ledger.records import Forgetting, ResourceKey, ResourceRecord
from idp.lifecycle import visible
from idp.lifecycle.weighing import DeniedError
from idp.lifecycle.wishes import ENVIRONMENTS

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What is left out there: somebody must remove it by hand, or adopt it again."""

    resource: ResourceRecord
    """The record as it was."""
    state_key: str
    """Of its Terraform state."""


async def forget(ledger: Ledger, caller: Caller, key: ResourceKey, *, reason: str) -> Forgotten:
    """Raises DeniedError, NotFoundError, OpenRequestError, and ConflictError where it is inhabited."""
    verdict = operating(caller)
    if not verdict.allowed:
        raise DeniedError(verdict)
    await visible.resource(ledger, caller, key)
    forgetting = Forgetting(
        key=key,
        by=caller.name,
        reason=reason,
        state_key=names.state_key(key.team, key.capability, key.name),
        refuse_while_inhabited=key.capability == ENVIRONMENTS,
    )
    resource = await ledger.forget(forgetting)
    _log.warning(
        "resource_forgotten",
        resource=names.resource(key.capability, key.team, key.name),
        by=caller.name,
        reason=reason,
        state_key=forgetting.state_key,
    )
    return Forgotten(resource, forgetting.state_key)
