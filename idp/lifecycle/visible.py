"""What of the ledger a caller may know of."""

from idp.access.caller import Caller
from idp.access.policy import sees
from idp.errors import NotFoundError
from idp.ledger.protocol import Ledger
from idp.ledger.records import RequestRecord, ResourceKey, ResourceRecord
from idp.lifecycle import ids


async def request(ledger: Ledger, caller: Caller, id_: str) -> RequestRecord:
    """Raises NotFoundError where there is none, or none that the caller may know of."""
    found = await ledger.request(id_) if ids.written(id_) else None
    if found is None or not sees(caller, team=found.key.team, approver_role=found.approver_role):
        message = f"There is no request {id_[:40]!r}, or none that {caller.name} may see."
        raise NotFoundError(message)
    return found


async def resource(ledger: Ledger, caller: Caller, key: ResourceKey) -> ResourceRecord:
    """Raises NotFoundError where there is none, none any more, or none that the caller may know of."""
    found = await ledger.resource(key) if sees(caller, team=key.team) else None
    if found is None or found.status == "removed":
        message = f"There is no {key.capability} {key.team}/{key.name}, or none that {caller.name} may see."
        raise NotFoundError(message)
    return found
