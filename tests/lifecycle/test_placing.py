"""Actions on placements: what they stand on, what their runs are told, who must agree. On every store."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from idp import names
from idp.access.caller import Caller
from idp.errors import ConflictError, InvalidError, NotFoundError, UnavailableError
from idp.ledger.protocol import Ledger, OpenRequestError
from idp.ledger.records import Change, RequestRecord, ResourceKey, ResourceRecord
from idp.lifecycle.accept import accept
from idp.lifecycle.decide import decide
from idp.lifecycle.explain import explain
from idp.lifecycle.forget import forget
from idp.lifecycle.placing import Repositories, placements
from idp.lifecycle.weighing import DeniedError
from tests.lifecycle.asking import ADA, BOB, CAROL, DIGEST, EVE, Team, wish

pytestmark = pytest.mark.anyio

COMMIT = "0a" * 20
IMAGE = "sha256:" + "0b" * 32
SHOP = ResourceKey(capability="applications", team="payments", name="shop")


@dataclass
class Heads(Repositories):
    """A git server with one branch."""

    asked: list[tuple[str, str]] = field(default_factory=list)
    read: list[tuple[str, str, str | None]] = field(default_factory=list)

    async def commit(self, repository: str, ref: str) -> str:
        self.asked.append((repository, ref))
        if ref != "main":
            message = f"There is no branch or tag {ref!r}."
            raise NotFoundError(message)
        return COMMIT

    async def people(self, repository: str, commit: str, since: str | None) -> set[str]:
        self.read.append((repository, commit, since))
        return set()

    async def ahead(self, repository: str, commit: str, since: str) -> bool:
        return (repository, commit) != (repository, since)


async def deploys(
    team: Team, environment: str = "checkout", version: str = "main", heads: Heads | None = None
) -> RequestRecord:
    wanted = wish("perform", "shop", capability="deployments", spec={"environment": environment, "version": version})
    return (await accept(team.ledger, ADA, wanted, repositories=heads or Heads())).request


async def has_shop(team: Team, *environments: tuple[str, str], stage: str = "dev") -> None:
    """An application, and environments of these stages which it may be deployed to."""
    for name, of in environments or (("checkout", "dev"),):
        await team.has(name, spec={"stage": of})
    placed = [{"environment": name} for name, _ in environments or (("checkout", "dev"),)]
    await team.has("shop", capability="applications", spec={"stage": stage, "placements": placed})


async def placement(ledger: Ledger, environment: str = "checkout") -> ResourceRecord:
    key = ResourceKey(capability=names.placed("applications"), team="payments", name=f"shop.{environment}")
    found = await ledger.resource(key)
    assert found
    return found


async def ends(team: Team, request: RequestRecord, phase: Any, outputs: dict[str, Any] | None = None) -> None:
    change = Change(request=request.id, history=((phase, {}),), phase=phase, outputs=outputs, run_uid="uid")
    assert await team.ledger.change(change)


async def test_the_run_is_told_what_was_found(team: Team) -> None:
    await has_shop(team)
    heads = Heads()

    request = await deploys(team, heads=heads)

    assert heads.asked == [("https://git.example.com/shop.git", "main")]
    assert (request.spec["version"], request.spec["commit"], request.spec["digest"]) == ("main", COMMIT, None)
    assert request.spec["application"]["repository"] == "https://git.example.com/shop.git"
    assert request.run.startswith("deployments-")
    made = await placement(team.ledger)
    assert (made.status, made.environment, made.open_request) == ("provisioning", "checkout", request.id)


@pytest.mark.parametrize(("version", "found"), [(COMMIT, {"commit": COMMIT}), (IMAGE, {"digest": IMAGE})])
async def test_nobody_is_asked_about_a_commit_or_a_digest(team: Team, version: str, found: dict[str, str]) -> None:
    await has_shop(team)
    wanted = wish("perform", "shop", capability="deployments", spec={"environment": "checkout", "version": version})

    request = (await team.accepts(wanted)).request

    assert {name: request.spec[name] for name in ("commit", "digest") if request.spec[name]} == found


async def test_who_cannot_ask_git_says_so(team: Team) -> None:
    await has_shop(team)
    with pytest.raises(UnavailableError, match="'main' is not resolved; name a commit or a digest"):
        await team.asks("perform", "shop", capability="deployments")


async def test_git_is_not_asked_for_who_may_not_deploy(team: Team) -> None:
    await has_shop(team)
    heads = Heads()
    wanted = wish("perform", "shop", capability="deployments")
    with pytest.raises(DeniedError):
        await accept(team.ledger, EVE, wanted, repositories=heads)
    assert heads.asked == []
    assert not (await explain(team.ledger, EVE, wanted, repositories=heads)).allowed


async def test_what_it_stands_on_must_be_there(team: Team) -> None:
    with pytest.raises(NotFoundError, match="no applications payments/shop"):
        await deploys(team)
    await has_shop(team)
    await team.has("elsewhere")
    with pytest.raises(InvalidError, match="may be deployed to checkout, not to elsewhere"):
        await deploys(team, "elsewhere")
    with pytest.raises(InvalidError, match="no environment payments/nowhere"):
        await deploys(team, "nowhere")
    with pytest.raises(InvalidError, match="no branch or tag 'other'"):
        await deploys(team, version="other")


async def test_an_application_goes_no_further_than_its_stage(team: Team) -> None:
    await has_shop(team, ("live", "prod"), stage="staging")
    with pytest.raises(InvalidError, match="live is prod, and application payments/shop may go up to staging only"):
        await deploys(team, "live")


async def test_the_environment_s_stage_decides_and_what_was_approved_goes_back(team: Team) -> None:
    await has_shop(team, ("checkout", "dev"), ("live", "prod"), stage="prod")
    assert (await deploys(team)).approval == "none"
    await ends(team, await deploys(team, "live", IMAGE), "succeeded", {"digest": IMAGE})
    first = await deploys(team, "live", IMAGE)
    assert (first.approval, first.stage) == ("required", "prod"), "that one served, and nobody had agreed"
    await team.awaits(first)
    await decide(team.ledger, CAROL, first.id, verdict="approve", digest=DIGEST)
    await ends(team, first, "succeeded", {"digest": IMAGE, "url": "http://x"})
    assert (await placement(team.ledger, "live")).outputs == {"digest": IMAGE, "url": "http://x"}

    again = await deploys(team, "live", IMAGE)
    assert (again.approval, again.approver_role, again.rule) == ("none", None, "approved-before")
    await ends(team, again, "succeeded", None)
    other = await deploys(team, "live", "sha256:" + "0c" * 32)
    assert (other.approval, other.rule) == ("required", "production-needs-another-person")


async def test_a_change_of_the_application_that_nobody_agreed_to_does_not_come_along(team: Team) -> None:
    await has_shop(team, ("live", "prod"), stage="prod")
    first = await deploys(team, "live", IMAGE)
    await team.awaits(first)
    await decide(team.ledger, CAROL, first.id, verdict="approve", digest=DIGEST)
    await ends(team, first, "succeeded", {"digest": IMAGE})
    spec = {"stage": "prod", "placements": [{"environment": "live"}], "replicas": 9}
    change = (await team.accepts(wish("provision", "shop", capability="applications", spec=spec, change=True))).request
    waiting = await deploys(team, "live", IMAGE)
    assert (waiting.rule, waiting.spec["application"]["replicas"]) == (
        "approved-before",
        first.spec["application"]["replicas"],
    )
    await ends(team, waiting, "succeeded")
    await ends(team, change, "failed")
    failed = await deploys(team, "live", IMAGE)
    assert failed.spec["application"] == first.spec["application"]


async def test_who_wrote_a_version_does_not_approve_it_where_it_is_promoted_by_hand(team: Team) -> None:
    await has_shop(team, ("checkout", "dev"), ("live", "prod"), stage="prod")
    spec = {"environment": "checkout", "version": COMMIT}
    pushed = wish(
        "perform", "shop", capability="deployments", spec=spec, carriers=frozenset({"bob"}), source="branch:main"
    )
    await ends(team, (await team.accepts(pushed)).request, "succeeded", {"digest": IMAGE})

    for version in (COMMIT, IMAGE):
        promoted = await deploys(team, "live", version)
        assert promoted.carriers == ("bob",)
        await team.awaits(promoted)
        with pytest.raises(DeniedError, match="bob"):
            await decide(team.ledger, BOB, promoted.id, verdict="approve", digest=DIGEST)
        await ends(team, promoted, "cancelled")
    assert (await deploys(team, "live", "0c" * 20)).carriers == ()


async def test_what_served_before_is_still_there_after_a_failure(team: Team) -> None:
    await has_shop(team)
    await ends(team, await deploys(team), "failed")
    assert (await placement(team.ledger)).status == "failed", "nothing served before"
    await ends(team, await deploys(team), "succeeded", {"digest": IMAGE})
    await ends(team, await deploys(team), "failed")
    found = await placement(team.ledger)
    assert (found.status, found.outputs, found.open_request) == ("ready", {"digest": IMAGE}, None)


async def test_a_first_deployment_that_is_cancelled_leaves_no_placement(team: Team) -> None:
    await has_shop(team)
    await ends(team, await deploys(team), "cancelled")
    assert (await placement(team.ledger)).status == "removed"
    assert await placements(team.ledger, SHOP) == []


async def test_the_next_in_the_queue_makes_the_placement_that_the_first_did_not(team: Team) -> None:
    await has_shop(team)
    first, second = await deploys(team), await deploys(team, version=IMAGE)
    assert second.waits_in
    await ends(team, first, "cancelled")

    found = await placement(team.ledger)
    assert (found.status, found.open_request, found.environment) == ("provisioning", second.id, "checkout")
    await ends(team, second, "succeeded", {"digest": IMAGE})
    third, fourth = await deploys(team), await deploys(team, version=IMAGE)
    await ends(team, third, "succeeded")
    assert (await placement(team.ledger)).status == "changing"
    await ends(team, fourth, "cancelled")
    assert (await placement(team.ledger)).status == "ready"


async def test_placements_go_with_their_application_and_keep_their_environment(team: Team) -> None:
    await has_shop(team, ("checkout", "dev"), ("rehearsal", "staging"), stage="staging")
    await team.has("shopping", capability="applications")
    for environment in ("checkout", "rehearsal"):
        await ends(team, await deploys(team, environment), "succeeded", {"digest": IMAGE})
    with pytest.raises(ConflictError, match="1 resources live in environments payments/checkout"):
        await team.asks("deprovision")
    busy = await deploys(team)
    with pytest.raises(OpenRequestError, match=rf"placement payments/shop.checkout has an open request, {busy.id}"):
        await team.asks("deprovision", "shop", capability="applications")
    explained = await explain(team.ledger, ADA, wish("deprovision", "shop", capability="applications"))
    assert (explained.allowed, busy.id in explained.reason) == (False, True)
    await ends(team, busy, "succeeded")

    removal = await team.asks("deprovision", "shop", capability="applications")
    with pytest.raises(ConflictError, match="applications payments/shop is removing"):
        await deploys(team)
    await ends(team, removal, "failed")
    assert len(await placements(team.ledger, SHOP)) == 2, "it may still serve"
    await ends(team, await team.asks("deprovision", "shop", capability="applications"), "succeeded")

    assert await placements(team.ledger, SHOP) == []
    assert (await placement(team.ledger)).status == "removed"
    await team.asks("deprovision")


async def test_placements_are_forgotten_with_their_application(team: Team) -> None:
    operator = Caller("oda", roles=frozenset({"operator"}))
    await has_shop(team)
    open_ = await deploys(team)
    with pytest.raises(OpenRequestError):
        await forget(team.ledger, operator, SHOP, reason="a test")
    await ends(team, open_, "succeeded")
    await forget(team.ledger, operator, SHOP, reason="a test")
    assert await placements(team.ledger, SHOP) == []
