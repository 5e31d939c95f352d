"""An approver's inbox."""

from dataclasses import replace

from idp.access.caller import Caller
from idp.access.policy import deciding
from idp.ledger.protocol import Ledger
from idp.ledger.records import Page, RequestRecord


async def awaiting(
    ledger: Ledger, caller: Caller, page: Page, *, team: str | None = None, capability: str | None = None
) -> list[RequestRecord]:
    """Requests that wait for a decision the caller may make, newest first: at most `page.limit`, of all teams."""
    found: list[RequestRecord] = []
    while len(found) < page.limit:
        batch = await ledger.requests(
            page, teams={team} if team else None, capability=capability, phases={"awaiting-approval"}
        )
        found += [each for each in batch if _may_decide(caller, each)]
        if len(batch) < page.limit:
            break
        page = replace(page, before=batch[-1].id)
    return found[: page.limit]


def _may_decide(caller: Caller, request: RequestRecord) -> bool:
    role = request.approver_role
    if role is None:
        return False
    return deciding(caller, role=role, requester=request.requester, carriers=request.carriers).allowed
