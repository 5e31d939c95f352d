import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from idp.errors import ConflictError, NotFoundError
from idp.ledger.records import OutboxAction, Page, RequestRecord
from idp.lifecycle.cancel import cancel
from idp.lifecycle.decide import decide
from idp.lifecycle.inbox import awaiting
from idp.lifecycle.weighing import DeniedError
from tests.lifecycle.asking import ADA, BOB, CAROL, DIGEST, EVE, Team, wish

pytestmark = pytest.mark.anyio


@pytest.fixture
async def waiting(team: Team) -> RequestRecord:
    request = await team.asks(spec={"stage": "prod"})
    await team.awaits(request)
    return await team.request(request.id)


async def test_approving_binds_the_digest_and_tells_the_engine_to_go_on(team: Team, waiting: RequestRecord) -> None:
    decided = await decide(team.ledger, CAROL, waiting.id, verdict="approve", digest=DIGEST, comment="fine")

    assert (decided.phase, decided.approved_digest) == ("running", DIGEST)
    assert await team.kinds(waiting.id) == ["accepted", "planned", "awaiting-approval", "approved"]
    assert await _outbox(team) == {"resume"}
    (decision,) = await team.ledger.decisions(waiting.id)
    assert (decision.by, decision.verdict, decision.comment) == ("carol", "approve", "fine")


async def test_rejecting_ends_the_request_and_tells_the_engine_to_stop(team: Team, waiting: RequestRecord) -> None:
    decided = await decide(team.ledger, CAROL, waiting.id, verdict="reject", digest=DIGEST, comment="too big")

    assert (decided.phase, decided.message) == ("rejected", "Rejected by carol. too big")
    assert (await team.resource()).status == "removed"
    assert await _outbox(team) == {"stop"}


async def test_nobody_approves_a_request_of_their_own(team: Team) -> None:
    request = (await team.accepts(wish(spec={"stage": "prod"}), BOB)).request
    await team.awaits(request)

    with pytest.raises(DeniedError, match="bob asked for this"):
        await decide(team.ledger, BOB, request.id, verdict="approve", digest=DIGEST)
    assert (await team.request(request.id)).phase == "awaiting-approval"


async def test_who_is_no_approver_may_not_decide(team: Team, waiting: RequestRecord) -> None:
    colleague = type(ADA)("dan", teams=ADA.teams)
    with pytest.raises(DeniedError, match="dan does not have the role approver"):
        await decide(team.ledger, colleague, waiting.id, verdict="reject", digest=DIGEST)


async def test_another_team_does_not_know_of_it(team: Team, waiting: RequestRecord) -> None:
    with pytest.raises(NotFoundError):
        await decide(team.ledger, EVE, waiting.id, verdict="approve", digest=DIGEST)


async def test_another_plan_is_not_approved(team: Team, waiting: RequestRecord) -> None:
    with pytest.raises(ConflictError, match=r"The plan of request .* is dddd.*look at it again"):
        await decide(team.ledger, CAROL, waiting.id, verdict="approve", digest="e" * 64)


async def test_what_does_not_wait_yet_or_any_more_is_not_decided(team: Team) -> None:
    request = await team.asks(spec={"stage": "prod"})
    with pytest.raises(ConflictError, match="does not wait"):
        await decide(team.ledger, CAROL, request.id, verdict="approve", digest=DIGEST)

    await team.awaits(request)
    await cancel(team.ledger, ADA, request.id)

    with pytest.raises(ConflictError, match="does not wait"):
        await decide(team.ledger, CAROL, request.id, verdict="approve", digest=DIGEST)


async def test_of_two_who_decide_at_once_one_does(team: Team, waiting: RequestRecord) -> None:
    both = await asyncio.gather(
        decide(team.ledger, CAROL, waiting.id, verdict="approve", digest=DIGEST),
        decide(team.ledger, BOB, waiting.id, verdict="reject", digest=DIGEST),
        return_exceptions=True,
    )

    assert sorted(type(each).__name__ for each in both) == ["ConflictError", "RequestRecord"]
    assert len(await team.ledger.decisions(waiting.id)) == 1


async def test_what_needs_no_approval_cannot_be_decided(team: Team) -> None:
    request = await team.asks()

    with pytest.raises(ConflictError, match="needs no approval"):
        await decide(team.ledger, BOB, request.id, verdict="approve", digest=DIGEST)


async def test_the_inbox_holds_what_one_may_decide_on_page_by_page(team: Team) -> None:
    for name in ("one", "two", "three"):
        await team.awaits(await team.asks(name=name, spec={"stage": "prod"}))
    own = (await team.accepts(wish(name="own", spec={"stage": "prod"}), BOB)).request
    await team.awaits(own)
    await team.asks(name="early", spec={"stage": "prod"})

    first = await awaiting(team.ledger, BOB, Page(limit=2))
    second = await awaiting(team.ledger, BOB, Page(before=first[-1].id, limit=2))

    assert [each.key.name for each in (*first, *second)] == ["three", "two", "one"]
    assert [each.key.name for each in await awaiting(team.ledger, CAROL, Page())] == ["own", "three", "two", "one"]
    assert await awaiting(team.ledger, ADA, Page()) == []
    assert await awaiting(team.ledger, CAROL, Page(), team="shop") == []
    assert await awaiting(team.ledger, CAROL, Page(), capability="storage") == []


async def _outbox(team: Team) -> set[OutboxAction]:
    rows = await team.ledger.due(datetime.now(UTC) + timedelta(days=1), lease_seconds=1, limit=10)
    return {row.action for row in rows} - {"publish"}


async def test_nobody_decides_on_what_carries_their_change_whatever_their_token_calls_them(team: Team) -> None:
    carried = replace(wish(spec={"stage": "prod"}), carriers=frozenset({"carol@acme.test", "bob"}))
    request = (await team.accepts(carried)).request
    await team.awaits(request)
    carol = replace(CAROL, also=frozenset({"Carol@Acme.test"}))

    for caller, name in ((carol, "carol@acme.test"), (BOB, "bob")):
        with pytest.raises(DeniedError, match=rf"carries a change of {name}; another person with the role approver"):
            await decide(team.ledger, caller, request.id, verdict="approve", digest=DIGEST)
        assert await awaiting(team.ledger, caller, Page()) == []
    assert (await decide(team.ledger, CAROL, request.id, verdict="approve", digest=DIGEST)).phase == "running"
