"""What an operator may make of the record when it is wrong: adopt and forget."""

from dataclasses import replace
from typing import Any

import pytest

from idp.errors import ConflictError, NotFoundError
from idp.ledger.protocol import Ledger, OpenRequestError, QuotaError, ResourceExistsError
from idp.ledger.records import Acceptance, Change, Forgetting, RequestRecord, ResourceKey
from tests.ledger.samples import START, Clock, acceptance, request_record, resource_key

pytestmark = pytest.mark.anyio


def adoption(number: int, *, key: ResourceKey | None = None, **changed: Any) -> Acceptance:
    done = replace(request_record(number, key=key, requester="oda"), phase="succeeded", finished_at=START)
    return acceptance(done, expected_generation=0, **changed)


def forgetting(key: ResourceKey | None = None, *, refuse_while_inhabited: bool = False) -> Forgetting:
    return Forgetting(
        key=key or resource_key(),
        by="oda",
        reason="gone",
        state_key="payments/environments/checkout",
        refuse_while_inhabited=refuse_while_inhabited,
    )


async def made(ledger: Ledger, request: RequestRecord, **outputs: str) -> RequestRecord:
    await ledger.accept(acceptance(request))
    done = await ledger.change(
        Change(request=request.id, history=(("succeeded", {}),), phase="succeeded", outputs=outputs)
    )
    assert done
    return done


async def test_an_adopted_resource_is_ready_by_a_request_that_is_done(ledger: Ledger) -> None:
    wish = adoption(1)
    adopted = await ledger.adopt(wish, reason="restored")
    assert await ledger.resource(resource_key()) == adopted
    assert (adopted.status, adopted.generation, adopted.open_request) == ("ready", 1, None)
    assert (adopted.spec, adopted.applied_spec, adopted.outputs) == (wish.request.spec, wish.request.spec, {})
    assert (adopted.owner, adopted.created_at) == ("platform", START)
    assert await ledger.request(wish.request.id) == wish.request
    (entry,) = await ledger.history(wish.request.id)
    assert (entry.sequence, entry.kind, entry.data) == (1, "adopted", {"by": "oda", "reason": "restored"})
    assert await ledger.backlog() == (0, None)


async def test_what_is_adopted_can_be_inspected_extended_and_removed(ledger: Ledger) -> None:
    await ledger.adopt(adoption(1), reason="restored")
    await ledger.accept(acceptance(request_record(2, "inspect")))
    later = START.replace(year=2027)
    assert (await ledger.extend(resource_key(), later, by="ann")).expires_at == later
    removal = request_record(3, "deprovision")
    await ledger.accept(acceptance(removal))
    await ledger.change(Change(request=removal.id, history=(), phase="succeeded"))
    resource = await ledger.resource(resource_key())
    assert resource is not None
    assert resource.status == "removed"


async def test_generations_go_on_where_a_removed_one_is_adopted(ledger: Ledger) -> None:
    await made(ledger, request_record(1))
    await made(ledger, request_record(2, "deprovision"))
    assert (await ledger.adopt(adoption(3), reason="it was not removed")).generation == 2


async def test_nothing_is_adopted_over_what_is_there(ledger: Ledger) -> None:
    first = request_record(1)
    await ledger.accept(acceptance(first))
    with pytest.raises(OpenRequestError):
        await ledger.adopt(adoption(2), reason="r")
    await ledger.change(Change(request=first.id, history=(), phase="failed"))
    with pytest.raises(ResourceExistsError):
        await ledger.adopt(adoption(2), reason="r")
    assert await ledger.request(adoption(2).request.id) is None


async def test_an_adopted_one_counts_and_needs_its_home(ledger: Ledger) -> None:
    await ledger.adopt(adoption(1, key=resource_key("one"), quota=1), reason="r")
    with pytest.raises(QuotaError, match="has 1 environments and may have 1"):
        await ledger.adopt(adoption(2, key=resource_key("two"), quota=1), reason="r")
    homeless = adoption(3, key=resource_key(capability="storage"), must_be_ready=(resource_key("nowhere"),))
    with pytest.raises(ConflictError, match="environments payments/nowhere is not there"):
        await ledger.adopt(homeless, reason="r")


async def test_a_forgotten_resource_is_a_tombstone_and_its_history_says_what_is_left(
    ledger: Ledger, clock: Clock
) -> None:
    request = await made(ledger, request_record(1), address="here")
    before = await ledger.resource(resource_key())
    clock.forward(9)
    assert await ledger.forget(forgetting()) == before
    after = await ledger.resource(resource_key())
    assert after is not None
    assert (after.status, after.applied_spec, after.outputs, after.expires_at) == ("removed", None, {}, None)
    assert (after.generation, after.updated_at) == (1, clock.at)
    entry = (await ledger.history(request.id))[-1]
    left = {"state_key": "payments/environments/checkout", "outputs": {"address": "here"}}
    assert (entry.kind, entry.data) == ("forgotten", {"by": "oda", "reason": "gone", **left})
    assert await ledger.request(request.id) == request
    assert (await ledger.adopt(adoption(2), reason="it is still there")).generation == 2


async def test_what_is_not_there_cannot_be_forgotten(ledger: Ledger) -> None:
    with pytest.raises(NotFoundError, match="There is no environments payments/checkout to forget"):
        await ledger.forget(forgetting())
    await made(ledger, request_record(1))
    await ledger.forget(forgetting())
    with pytest.raises(NotFoundError):
        await ledger.forget(forgetting())


async def test_what_something_is_done_about_is_not_forgotten(ledger: Ledger) -> None:
    await made(ledger, request_record(1))
    action = request_record(2, "perform", key=resource_key(), capability="configurations")
    await ledger.accept(acceptance(action))
    with pytest.raises(OpenRequestError, match=f"has an open request, {action.id}"):
        await ledger.forget(forgetting())


async def test_an_inhabited_environment_is_not_forgotten(ledger: Ledger) -> None:
    await made(ledger, request_record(1))
    guest = request_record(2, key=resource_key("data", capability="storage"))
    await ledger.accept(acceptance(guest, environment="checkout"))
    with pytest.raises(ConflictError, match="1 resources live in environments payments/checkout"):
        await ledger.forget(forgetting(refuse_while_inhabited=True))
    await ledger.change(Change(request=guest.id, history=(), phase="failed"))
    await ledger.forget(forgetting(guest.key))
    await ledger.forget(forgetting(refuse_while_inhabited=True))


async def test_what_is_forgotten_counts_no_more(ledger: Ledger) -> None:
    await made(ledger, request_record(1))
    await ledger.forget(forgetting())
    await ledger.accept(acceptance(request_record(2, key=resource_key("other")), quota=1))
