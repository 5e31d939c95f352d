"""Whose change a deployment carries where somebody must agree, and who decides where not all can be known. On every store."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from idp.access.caller import Caller, application
from idp.errors import ForbiddenError, UnavailableError
from idp.ledger.records import Change, Decision, Page, RequestRecord
from idp.lifecycle.accept import accept
from idp.lifecycle.decide import decide
from idp.lifecycle.inbox import awaiting
from idp.lifecycle.placing import Repositories
from idp.lifecycle.weighing import DeniedError
from tests.ledger.samples import START
from tests.lifecycle.asking import ADA, BOB, CAROL, DIGEST, Team, wish
from tests.lifecycle.test_placing import ends, has_shop

pytestmark = pytest.mark.anyio

COMMITS = [f"{number:02x}" * 20 for number in range(1, 10)]
FIRST, SECOND, THIRD, FOURTH = COMMITS[:4]
IMAGE = "sha256:" + "0b" * 32
TEAM = "(team:payments)"
SHOP = application("payments", "shop")


@dataclass
class History(Repositories):
    """A git server with one line of commits, each by one of these; away where it is."""

    by: list[str] = field(default_factory=lambda: ["Ann@Acme.test", "ben@acme.test", "cid@acme.test", "bob"])
    away: bool = False
    asked: list[tuple[str, str | None]] = field(default_factory=list)

    async def commit(self, repository: str, ref: str) -> str:
        assert (repository, ref) == ("https://git.example.com/shop.git", "main")
        return COMMITS[len(self.by) - 1]

    async def people(self, repository: str, commit: str, since: str | None) -> list[str]:
        assert repository == "https://git.example.com/shop.git"
        self.asked.append((commit, since))
        if self.away:
            message = f"{repository} does not tell who wrote {commit}."
            raise UnavailableError(message)
        begin = COMMITS.index(since) + 1 if since in COMMITS else 0
        return self.by[begin : COMMITS.index(commit) + 1]

    async def ahead(self, repository: str, commit: str, since: str) -> bool:
        assert repository == "https://git.example.com/shop.git"
        return COMMITS.index(since) < COMMITS.index(commit)


@pytest.fixture
def history() -> History:
    return History()


async def deploys(
    team: Team, history: History, version: str, environment: str = "live", caller: Caller = ADA, **more: Any
) -> RequestRecord:
    spec = {"environment": environment, "version": version}
    wanted = wish("perform", "shop", capability="deployments", spec=spec, **more)
    return (await accept(team.ledger, caller, wanted, repositories=history)).request


async def pushes(team: Team, history: History, version: str, *people: str, **more: Any) -> RequestRecord:
    told = {"carriers": frozenset(people), "source": "branch:main", **more}
    return await deploys(team, history, version, caller=SHOP, **told)


async def serves(team: Team, request: RequestRecord, by: Caller = CAROL, **outputs: Any) -> None:
    await team.awaits(request)
    await decide(team.ledger, by, request.id, verdict="approve", digest=DIGEST)
    await ends(team, request, "succeeded", outputs)


@pytest.fixture
async def shop(team: Team) -> None:
    await has_shop(team, ("checkout", "dev"), ("live", "prod"), stage="prod")


@pytest.mark.usefixtures("shop")
async def test_authors_since_what_was_agreed_to_are_carried_whoever_asks(team: Team, history: History) -> None:
    pushed = await pushes(team, history, FIRST, "dan")
    assert pushed.carriers == ("ann@acme.test", "dan")
    await serves(team, pushed)
    by_hand = await deploys(team, history, "main")
    assert by_hand.carriers == ("ben@acme.test", "bob", "cid@acme.test")
    assert history.asked == [(FIRST, None), (FOURTH, FIRST)]
    await team.awaits(by_hand)
    with pytest.raises(DeniedError, match="carries a change of bob"):
        await decide(team.ledger, BOB, by_hand.id, verdict="approve", digest=DIGEST)


@pytest.mark.usefixtures("shop")
async def test_nobody_is_asked_for_where_nobody_must_agree(team: Team, history: History) -> None:
    assert (await deploys(team, history, FIRST, "checkout")).carriers == ()
    assert history.asked == []


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("asks", [pushes, deploys], ids=["pushed", "by hand"])
async def test_where_the_git_server_does_not_tell_no_member_decides(team: Team, history: History, asks: Any) -> None:
    history.away = True
    request = await asks(team, history, FIRST)
    assert request.carriers == (TEAM,)
    await team.awaits(request)
    with pytest.raises(DeniedError, match=r"Not all are known.* nobody of \(team:payments\) may decide") as refused:
        await decide(team.ledger, BOB, request.id, verdict="approve", digest=DIGEST)
    assert refused.value.verdict.rule == "perhaps-your-own-change"
    assert await awaiting(team.ledger, BOB, Page()) == []
    assert [each.id for each in await awaiting(team.ledger, CAROL, Page())] == [request.id]
    assert (await decide(team.ledger, CAROL, request.id, verdict="approve", digest=DIGEST)).phase == "running"


@pytest.mark.usefixtures("shop")
async def test_what_was_found_and_not_told_of_has_an_unknown_pusher(team: Team, history: History) -> None:
    assert (await pushes(team, history, FIRST, unsigned=True)).carriers == (TEAM, "ann@acme.test")


@pytest.mark.usefixtures("shop")
async def test_who_asks_by_hand_stands_for_what_was_found(team: Team, history: History) -> None:
    found = await pushes(team, history, FIRST, unsigned=True)
    await ends(team, found, "cancelled")
    by_hand = await deploys(team, history, FIRST)
    assert by_hand.carriers == ("ann@acme.test",)
    await serves(team, by_hand, BOB)


@pytest.mark.usefixtures("shop")
async def test_what_came_to_nothing_is_carried_on(team: Team, history: History) -> None:
    """Its commits are in the next one, and so is what was pushed by somebody who is not known."""
    await serves(team, await pushes(team, history, FIRST, "dan"))
    await ends(team, await pushes(team, history, SECOND, "eva"), "rejected")
    third = await pushes(team, history, THIRD, "fay")
    assert third.carriers == ("ben@acme.test", "cid@acme.test", "eva", "fay")
    await ends(team, third, "failed")
    await ends(team, await pushes(team, history, FOURTH, unsigned=True), "failed")
    assert TEAM in (await pushes(team, history, THIRD, "fay")).carriers


@pytest.mark.usefixtures("shop")
async def test_of_an_image_the_commit_is_read_that_it_was_built_of_here(team: Team, history: History) -> None:
    await ends(team, await deploys(team, history, SECOND, "checkout"), "succeeded", {"digest": IMAGE, "commit": FIRST})
    request = await deploys(team, history, IMAGE)
    assert request.carriers == ("ann@acme.test", "ben@acme.test")
    await serves(team, request, digest=IMAGE)
    await deploys(team, history, THIRD)
    assert history.asked == [(SECOND, None), (THIRD, SECOND)]


@pytest.mark.usefixtures("shop")
async def test_an_image_from_elsewhere_is_anybodys_whatever_its_label_says(team: Team, history: History) -> None:
    await ends(team, await deploys(team, history, IMAGE, "checkout"), "succeeded", {"digest": IMAGE, "commit": FIRST})
    request = await deploys(team, history, IMAGE)
    assert request.carriers == (TEAM,)
    await serves(team, request, digest=IMAGE, commit=SECOND)
    await deploys(team, history, THIRD)
    assert history.asked == [(THIRD, None)]


async def test_an_earlier_life_of_the_environment_agrees_to_nothing(team: Team, history: History) -> None:
    await has_shop(team, ("live", "dev"), stage="dev")
    await ends(team, await deploys(team, history, SECOND), "succeeded")
    for capability, name in (("applications", "shop"), ("environments", "live")):
        await ends(team, await team.asks("deprovision", name, capability=capability), "succeeded")
    await has_shop(team, ("live", "prod"), stage="prod")
    assert (await deploys(team, history, SECOND)).carriers == ("ann@acme.test", "ben@acme.test")


@pytest.mark.usefixtures("shop")
async def test_the_ledger_itself_refuses_who_is_known_by_another_name(team: Team, history: History) -> None:
    """Whatever policy forgets: addresses and teams count there too."""
    request = await pushes(team, history, FIRST, unsigned=True)
    await team.awaits(request)
    for caller in (BOB, Caller("x", also=frozenset({"Ann@acme.test"}))):
        word = Decision(
            request=request.id,
            by=caller.name,
            verdict="approve",
            digest=DIGEST,
            comment="",
            at=START,
            known_as=caller.known_as,
        )
        with pytest.raises(ForbiddenError, match=f"carries a change of {caller.name}, or may"):
            await team.ledger.change(Change(request=request.id, history=(("approved", {}),), decision=word))
