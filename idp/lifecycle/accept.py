"""Accept: store one wish as a request that will be carried out."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import structlog

from idp.access.caller import Caller
from idp.errors import RefusedError
from idp.ledger.protocol import Ledger
from idp.ledger.records import Accepted, Page, RequestRecord
from idp.ledger.refusals import replayed
from idp.lifecycle.ids import next_id
from idp.lifecycle.placing import Repositories, Unread
from idp.lifecycle.weighing import weighed
from idp.lifecycle.wishes import Wish

_log = structlog.get_logger(__name__)
_UNREAD: Final = Unread()
_FAR_BACK = 200
"""Requests of one resource that are searched for an Idempotency-Key."""


async def accept(ledger: Ledger, caller: Caller, wish: Wish, *, repositories: Repositories = _UNREAD) -> Accepted:
    """Decide policy, then store request, resource, outbox row and history together; what returned is on the disk.

    Raises what the ledger's `accept` does, DeniedError, NotFoundError, PreconditionError, InvalidError. A repeated
    Idempotency-Key gets the first request, even where the world has moved on and would refuse it now.
    """
    try:
        found = await weighed(ledger, caller, wish, id_=next_id(), now=datetime.now(UTC), repositories=repositories)
    except RefusedError:
        if first := await _first(ledger, caller, wish):
            return Accepted(request=first, replayed=True)
        raise
    accepted = await ledger.accept(found.acceptance)
    request = accepted.request
    _log.info(
        "request_accepted",
        request=request.id,
        capability=request.capability,
        verb=request.verb,
        team=request.key.team,
        requester=request.requester,
        rule=request.rule,
        replayed=accepted.replayed,
    )
    return accepted


async def _first(ledger: Ledger, caller: Caller, wish: Wish) -> RequestRecord | None:
    """The request that this call already stored. Raises KeyReusedError where it stored another one."""
    if wish.idempotency_key is None:
        return None
    for request in await ledger.requests(Page(limit=_FAR_BACK), key=wish.key):
        if request.idempotency_key == wish.idempotency_key and request.requester == caller.name:
            return replayed(request, _again(request, wish))
    return None


def _again(first: RequestRecord, wish: Wish) -> RequestRecord:
    return replace(first, capability=wish.capability.name, verb=wish.verb, body_sha256=wish.body_sha256())
