"""Adopt: an operator records a resource that is out there and not in the ledger."""

from dataclasses import replace
from datetime import UTC, datetime

import structlog

from idp.access.caller import Caller
from idp.access.policy import operating
from idp.capability import CapabilityRequest, ResourceCapability
from idp.errors import FieldError, InvalidError
from idp.ledger.protocol import Ledger
from idp.ledger.records import ResourceKey, ResourceRecord
from idp.lifecycle.ids import next_id
from idp.lifecycle.weighing import DeniedError, adoption
from idp.lifecycle.wishes import Wish

_log = structlog.get_logger(__name__)


async def adopt(
    ledger: Ledger,
    caller: Caller,
    capability: ResourceCapability,
    key: ResourceKey,
    *,
    spec: CapabilityRequest,
    reason: str,
    traceparent: str = "",
) -> ResourceRecord:
    """It is `ready` and `spec` is what is applied: inspecting then tells whether that is so, and removing works on it.

    Raises DeniedError, InvalidError, and what the ledger's `adopt` does.
    """
    verdict = operating(caller)
    if not verdict.allowed:
        raise DeniedError(verdict)
    _refuse_another(key, spec)
    wish = Wish(
        capability=capability, verb="provision", team=key.team, name=key.name, spec=spec, traceparent=traceparent
    )
    acceptance = adoption(caller, verdict, wish, id_=next_id(), now=datetime.now(UTC))
    told = replace(acceptance.request, message=f"Adopted by {caller.name}: {reason}")
    adopted = await ledger.adopt(replace(acceptance, request=told), reason=reason)
    _log.warning("resource_adopted", request=told.id, run=told.run, by=caller.name, reason=reason)
    return adopted


def _refuse_another(key: ResourceKey, spec: CapabilityRequest) -> None:
    """Team and name are said twice, by the address and by the spec."""
    named = {"team": (key.team, spec.team), "name": (key.name, spec.name)}
    wrong = [
        FieldError(f"/spec/{field}", f"is {said!r}, and the address names {wanted!r}.")
        for field, (wanted, said) in named.items()
        if said != wanted
    ]
    if wrong:
        message = "The spec is of another resource than the address names; nothing is stored."
        raise InvalidError(message, wrong)
