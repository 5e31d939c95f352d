"""From a run to the request it fulfils."""

from idp.ledger.protocol import Ledger
from idp.ledger.records import RequestRecord
from idp.lifecycle import ids


async def request_of(ledger: Ledger, run: str) -> RequestRecord | None:
    """The request of a run, whose name ends with its id. None where somebody else made the run."""
    id_ = run.rpartition("-")[2]
    found = await ledger.request(id_) if ids.written(id_) else None
    return found if found and found.run == run else None
