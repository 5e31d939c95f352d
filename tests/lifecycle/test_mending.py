"""The operator's three: who may, when, and what is left."""

from collections.abc import Awaitable, Callable

import pytest

from idp.access.caller import Caller
from idp.capability import ResourceCapability
from idp.catalog import CATALOG
from idp.engines.protocol import EngineUnavailableError, Phase, RunSeen
from idp.errors import ConflictError, InvalidError, NotFoundError
from idp.ledger.protocol import OpenRequestError, QuotaError, ResourceExistsError
from idp.ledger.records import Page, RequestRecord, ResourceKey, ResourceRecord
from idp.lifecycle.adopt import adopt
from idp.lifecycle.expire import expire
from idp.lifecycle.forget import Forgotten, forget
from idp.lifecycle.unlock import unlock
from idp.lifecycle.weighing import DeniedError
from tests.api.platform import ScriptedEngine
from tests.lifecycle.asking import ADA, BOB, CAROL, EVE, Team, wish

pytestmark = pytest.mark.anyio

ODA = Caller("oda", roles=frozenset({"operator"}))
KEY = ResourceKey(capability="environments", team="payments", name="checkout")


class Silent(ScriptedEngine):
    """Gives no answer."""

    async def run(self, name: str) -> RunSeen | None:
        raise EngineUnavailableError(name)


async def unlocked(team: Team, engine: ScriptedEngine | None = None, caller: Caller = ODA) -> RequestRecord:
    return await unlock(team.ledger, engine or ScriptedEngine(), caller, KEY, reason="its cluster burnt down")


async def forgotten(team: Team, caller: Caller = ODA, key: ResourceKey = KEY) -> Forgotten:
    return await forget(team.ledger, caller, key, reason="its cluster burnt down")


async def adopted(team: Team, caller: Caller = ODA, name: str = "checkout", **spec: object) -> ResourceRecord:
    capability, wanted = CATALOG["environments"], wish(name=name, spec=spec).spec
    assert isinstance(capability, ResourceCapability)
    assert wanted
    return await adopt(team.ledger, caller, capability, KEY, spec=wanted, reason="it is there")


@pytest.mark.parametrize("caller", [ADA, BOB, CAROL, EVE], ids=lambda caller: caller.name)
@pytest.mark.parametrize("act", [unlocked, forgotten, adopted], ids=["unlock", "forget", "adopt"])
async def test_operators_only(team: Team, act: Callable[..., Awaitable[object]], caller: Caller) -> None:
    request = await team.asks()

    with pytest.raises(DeniedError, match="does not have the role operator"):
        await act(team, caller=caller)

    assert await team.request(request.id) == request


async def test_a_request_whose_run_is_gone_is_ended_with_who_and_why(team: Team) -> None:
    request = await team.asks()

    failed = await unlocked(team)

    assert (failed.id, failed.phase) == (request.id, "failed")
    assert failed.message == (
        f"Unlocked by oda: its cluster burnt down (There is no run {request.run}.) Nothing was changed."
    )
    entries = (await team.ledger.history(request.id))[1:]
    assert [entry.kind for entry in entries] == ["unlocked", "failed"]
    assert entries[0].data == {"by": "oda", "reason": "its cluster burnt down", "run": request.run}
    assert (await team.resource()).open_request is None
    assert await team.ledger.backlog() == (0, None)
    assert (await team.asks("deprovision")).phase == "accepted"


# Written by hand: what the engine says of the run, and whether the request may be ended.
@pytest.mark.parametrize(
    ("phase", "may"),
    [("Pending", False), ("Running", False), ("Succeeded", True), ("Failed", True), ("Error", True)],
)
async def test_a_run_that_has_not_ended_is_not_stuck(team: Team, phase: Phase, *, may: bool) -> None:
    request = await team.asks()
    engine = ScriptedEngine(seen={request.run: RunSeen(name=request.run, uid="uid", phase=phase)})

    if may:
        assert f"(Run {request.run} ended {phase}.)" in (await unlocked(team, engine)).message
    else:
        with pytest.raises(ConflictError, match=f"is {phase}: request {request.id} is not stuck. Wait for it"):
            await unlocked(team, engine)
        assert await team.request(request.id) == request


async def test_an_engine_that_does_not_answer_says_nothing(team: Team) -> None:
    request = await team.asks()

    with pytest.raises(EngineUnavailableError):
        await unlocked(team, Silent())

    assert await team.request(request.id) == request


async def test_what_had_begun_to_change_is_said(team: Team) -> None:
    request = await team.asks()
    await team.ledger.permit(request.id, "uid", step="terraform", digest="")

    assert (await unlocked(team)).message.endswith(
        "Changing had begun: inspect the resource, then provision or remove it again."
    )
    assert (await team.resource()).status == "failed"


async def test_an_actions_request_is_the_resources_too(team: Team) -> None:
    await team.has()
    action = await team.asks("perform", capability="configurations")

    assert (await unlocked(team)).id == action.id
    assert (await team.resource()).status == "ready"


async def test_nothing_open_is_nothing_to_unlock(team: Team) -> None:
    with pytest.raises(NotFoundError):
        await unlocked(team)
    await team.has()
    with pytest.raises(ConflictError, match="has no open request: there is nothing to unlock"):
        await unlocked(team)


async def test_what_is_left_of_a_forgotten_resource_is_named(team: Team) -> None:
    await team.succeeded(await team.asks(), host="checkout.example")

    left = await forgotten(team)

    assert (left.state_key, left.resource.outputs) == ("payments/environments/checkout", {"host": "checkout.example"})
    assert left.resource.status == "ready"
    assert (await team.resource()).status == "removed"
    with pytest.raises(NotFoundError):
        await forgotten(team)


async def test_what_is_under_way_or_inhabited_is_not_forgotten(team: Team) -> None:
    request = await team.asks()
    with pytest.raises(OpenRequestError):
        await forgotten(team)
    await team.succeeded(request)
    await team.has("receipts", capability="storage", spec={"environment": "checkout"})
    with pytest.raises(ConflictError, match="1 resources live in environments payments/checkout"):
        await forgotten(team)
    await forgotten(team, key=ResourceKey(capability="storage", team="payments", name="receipts"))
    await forgotten(team)


async def test_an_adopted_resource_is_as_if_it_had_been_provisioned(team: Team) -> None:
    resource = await adopted(team, cpu=8)

    assert (resource.status, resource.spec["cpu"], resource.owner) == ("ready", 8, "platform")
    assert resource.applied_spec == resource.spec
    assert resource.expires_at
    (request,) = await team.ledger.requests(Page())
    assert (request.phase, request.requester, request.rule) == ("succeeded", "oda", "operators-mend")
    assert request.message == "Adopted by oda: it is there"
    assert await team.kinds(request.id) == ["adopted"]
    removal = await team.asks("deprovision")
    assert removal.spec == resource.spec


async def test_an_adopted_resource_expires_like_any_other(team: Team) -> None:
    resource = await adopted(team)

    assert (await expire(team.ledger, CATALOG, resource)).request.verb == "deprovision"


async def test_adopted_production_does_not_expire(team: Team) -> None:
    assert (await adopted(team, stage="prod")).expires_at is None


async def test_only_what_is_not_there_is_adopted(team: Team) -> None:
    await team.has()
    with pytest.raises(ResourceExistsError):
        await adopted(team)
    await forgotten(team)
    assert (await adopted(team)).generation == 2


async def test_adopting_does_not_go_round_the_quota(team: Team) -> None:
    for number in range(10):
        await team.has(f"n{number}")
    with pytest.raises(QuotaError):
        await adopted(team)


async def test_the_spec_must_be_of_what_the_address_names(team: Team) -> None:
    with pytest.raises(InvalidError) as caught:
        await adopted(team, name="other")

    assert [error.pointer for error in caught.value.errors] == ["/spec/name"]
    assert await team.ledger.requests(Page()) == []
