"""Team payments at work: asks for things, and plays what the run would report."""

from dataclasses import dataclass
from typing import Any

from idp.access.caller import Caller
from idp.capability import Verb
from idp.catalog import CATALOG
from idp.ledger.protocol import Ledger
from idp.ledger.records import Accepted, Change, RequestRecord, ResourceKey, ResourceRecord
from idp.lifecycle.accept import accept
from idp.lifecycle.wishes import Wish

ADA = Caller("ada", teams=frozenset({"payments"}))
BOB = Caller("bob", teams=frozenset({"payments"}), roles=frozenset({"approver"}))
CAROL = Caller("carol", roles=frozenset({"approver"}))
EVE = Caller("eve", teams=frozenset({"shop"}))
DIGEST = "d" * 64


def wish(
    verb: Verb = "provision",
    name: str = "checkout",
    *,
    capability: str = "environments",
    team: str = "payments",
    spec: dict[str, Any] | None = None,
    **more: Any,
) -> Wish:
    """Provision and perform get the smallest request, with `spec` over it."""
    found = CATALOG[capability]
    body: dict[str, Any] = {"team": team, "name": name}
    if capability == "storage":
        body["containers"] = ["invoices"]
    if capability == "configurations":
        body["settings"] = {"LOG_LEVEL": "debug"}
    if capability == "applications":
        body |= {"repository": "https://git.example.com/shop.git", "placements": [{"environment": "checkout"}]}
    if capability == "deployments":
        body |= {"environment": "checkout", "version": "main"}
    wanted = found.request.model_validate(body | (spec or {})) if verb in {"provision", "perform"} else None
    return Wish(capability=found, verb=verb, team=team, name=name, spec=wanted, **more)


@dataclass(frozen=True)
class Team:
    """Asks as ada."""

    ledger: Ledger

    async def asks(self, verb: Verb = "provision", name: str = "checkout", **more: Any) -> RequestRecord:
        return (await self.accepts(wish(verb, name, **more))).request

    async def accepts(self, wanted: Wish, caller: Caller = ADA) -> Accepted:
        return await accept(self.ledger, caller, wanted)

    async def has(self, name: str = "checkout", **more: Any) -> ResourceRecord:
        """A resource that is ready."""
        await self.succeeded(await self.asks(name=name, **more))
        return await self.resource(name, more.get("capability", "environments"))

    async def resource(self, name: str = "checkout", capability: str = "environments") -> ResourceRecord:
        found = await self.ledger.resource(ResourceKey(capability=capability, team="payments", name=name))
        assert found
        return found

    async def request(self, id_: str) -> RequestRecord:
        found = await self.ledger.request(id_)
        assert found
        return found

    async def kinds(self, id_: str) -> list[str]:
        return [entry.kind for entry in await self.ledger.history(id_)]

    async def awaits(self, request: RequestRecord) -> None:
        """Look is done and the gate waits."""
        await self.ledger.change(
            Change(
                request=request.id,
                history=(("planned", {"changes": 1, "digest": DIGEST}), ("awaiting-approval", {})),
                phase="awaiting-approval",
                run_uid="uid",
                changes=1,
                digest=DIGEST,
            )
        )

    async def succeeded(self, request: RequestRecord, **outputs: str) -> None:
        await self.ledger.change(
            Change(request=request.id, history=(("succeeded", {}),), phase="succeeded", outputs=outputs, run_uid="uid")
        )
