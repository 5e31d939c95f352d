"""Expire: remove what has outlived its lifetime."""

from idp.access.caller import SWEEPER
from idp.capability import Catalog
from idp.ledger.protocol import Ledger
from idp.ledger.records import Accepted, ResourceRecord
from idp.lifecycle.accept import accept
from idp.lifecycle.wishes import Wish


async def expire(ledger: Ledger, catalog: Catalog, resource: ResourceRecord) -> Accepted:
    """File its deprovision request, which needs no approval; `resource` as it was read when its life was over.

    Raises what `accept` does: ConflictError while it is inhabited or has an open request, or where it was extended.
    """
    key = resource.key
    wish = Wish(
        capability=catalog[key.capability],
        verb="deprovision",
        team=key.team,
        name=key.name,
        expired_at=resource.expires_at,
    )
    return await accept(ledger, SWEEPER, wish)
