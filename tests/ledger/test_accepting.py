import asyncio
from dataclasses import replace
from typing import Any

import pytest

from idp.errors import ConflictError, PreconditionError
from idp.ledger.protocol import (
    KeyReusedError,
    Ledger,
    OpenRequestError,
    QuotaError,
    ResourceExistsError,
)
from idp.ledger.records import Acceptance, Accepted, Change, Page, RequestRecord
from tests.ledger.samples import START, Clock, acceptance, request_record, resource_key

pytestmark = pytest.mark.anyio


async def finish(ledger: Ledger, request: RequestRecord, **fields: Any) -> RequestRecord:
    changed = await ledger.change(
        Change(request=request.id, history=(("succeeded", {}),), phase=fields.pop("phase", "succeeded"), **fields)
    )
    assert changed
    return changed


async def test_what_is_accepted_comes_back_as_it_was(ledger: Ledger) -> None:
    request = replace(
        request_record(1, approval="required", spec={"text": 'ä "{{x}}" \ud800 \x00', "n": 2**70, "list": [1.5, None]}),
        traceparent="00-aa-bb-01",
        idempotency_key="key",
    )
    accepted = await ledger.accept(acceptance(request))
    assert accepted == Accepted(request=request, replayed=False)
    assert await ledger.request(request.id) == request


async def test_an_accepted_request_has_its_first_history_its_outbox_row_and_its_resource(ledger: Ledger) -> None:
    request = request_record(1)
    await ledger.accept(acceptance(request))
    (entry,) = await ledger.history(request.id)
    assert (entry.sequence, entry.kind, entry.at) == (1, "accepted", START)
    assert entry.data == {"verb": "provision", "requester": "ann", "approval": "none", "rule": "members-may-ask"}
    (row,) = await ledger.due(START, lease_seconds=60, limit=10)
    assert (row.request, row.action, row.lane, row.attempts) == (request.id, "publish", "publish/environments", 0)
    resource = await ledger.resource(request.key)
    assert resource is not None
    assert (resource.status, resource.was, resource.generation) == ("provisioning", "removed", 1)
    assert (resource.open_request, resource.applied_spec, resource.outputs) == (request.id, None, {})
    assert (resource.spec, resource.owner, resource.created_at) == (request.spec, "platform", START)


async def test_a_repeated_key_gets_the_first_request_even_where_everything_else_forbids_it(ledger: Ledger) -> None:
    first = request_record(1, idempotency_key="key")
    await ledger.accept(acceptance(first))
    again = request_record(2, idempotency_key="key")
    replayed = await ledger.accept(
        acceptance(again, quota=0, expected_generation=7, must_be_ready=(resource_key("no"),))
    )
    assert replayed == Accepted(request=first, replayed=True)
    assert await ledger.request(again.id) is None
    assert (await ledger.backlog())[0] == 1


async def test_a_replay_shows_the_request_as_it_stands_now(ledger: Ledger) -> None:
    first = request_record(1, idempotency_key="key")
    await ledger.accept(acceptance(first))
    done = await finish(ledger, first)
    replayed = await ledger.accept(acceptance(request_record(2, idempotency_key="key")))
    assert replayed == Accepted(request=done, replayed=True)


@pytest.mark.parametrize(
    "other",
    [
        request_record(2, idempotency_key="key", body_sha256="b" * 64),
        request_record(2, "inspect", idempotency_key="key"),
        request_record(2, idempotency_key="key", key=resource_key("other")),
        request_record(2, idempotency_key="key", capability="configurations"),
    ],
    ids=["body", "verb", "resource", "capability"],
)
async def test_a_key_used_for_something_else_is_refused(ledger: Ledger, other: RequestRecord) -> None:
    await ledger.accept(acceptance(request_record(1, idempotency_key="key")))
    with pytest.raises(KeyReusedError, match=r"'key' was used by ann .* Send the first body again, or a new key"):
        await ledger.accept(acceptance(other))
    assert await ledger.request(other.id) is None


async def test_another_requester_may_use_the_same_key(ledger: Ledger) -> None:
    await ledger.accept(acceptance(request_record(1, idempotency_key="key")))
    other = request_record(2, idempotency_key="key", requester="ben", key=resource_key("other"))
    assert not (await ledger.accept(acceptance(other))).replayed


async def test_a_thousand_callers_with_one_key_store_one_request(ledger: Ledger) -> None:
    wishes = [acceptance(request_record(number, idempotency_key="key")) for number in range(1000)]
    accepted = await asyncio.gather(*(ledger.accept(wish) for wish in wishes))
    assert {each.request.id for each in accepted} == {wishes[0].request.id}
    assert sum(not each.replayed for each in accepted) == 1
    assert len(await ledger.requests(Page(limit=2000))) == 1
    assert (await ledger.backlog())[0] == 1


def refused_on_an_open_one() -> list[Acceptance]:
    key = resource_key()
    return [
        acceptance(request_record(2, "provision")),
        acceptance(request_record(2, "deprovision")),
        acceptance(request_record(2, "perform", key=key, capability="configurations")),
    ]


@pytest.mark.parametrize("wish", refused_on_an_open_one(), ids=lambda wish: wish.request.verb)
async def test_a_resource_has_one_open_request(ledger: Ledger, wish: Acceptance) -> None:
    first = request_record(1)
    await ledger.accept(acceptance(first))
    with pytest.raises(OpenRequestError, match=rf"environments payments/checkout has an open request, {first.id}"):
        await ledger.accept(wish)
    assert await ledger.request(wish.request.id) is None


async def test_an_action_locks_the_resource_it_acts_on_and_leaves_its_status(ledger: Ledger) -> None:
    first = request_record(1)
    await ledger.accept(acceptance(first))
    await finish(ledger, first)
    action = request_record(2, "perform", key=first.key, capability="configurations")
    await ledger.accept(acceptance(action, must_be_ready=(first.key,)))
    resource = await ledger.resource(first.key)
    assert resource is not None
    assert (resource.status, resource.open_request) == ("ready", action.id)
    with pytest.raises(OpenRequestError):
        await ledger.accept(acceptance(request_record(3, "deprovision")))
    await finish(ledger, action)
    resource = await ledger.resource(first.key)
    assert resource is not None
    assert (resource.status, resource.open_request) == ("ready", None)


async def test_an_inspection_neither_has_nor_minds_an_open_request(ledger: Ledger) -> None:
    first = request_record(1)
    await ledger.accept(acceptance(first))
    await ledger.accept(acceptance(request_record(2, "inspect")))
    await ledger.accept(acceptance(request_record(3, "inspect")))
    resource = await ledger.resource(first.key)
    assert resource is not None
    assert (resource.open_request, resource.status) == (first.id, "provisioning")


@pytest.mark.parametrize("verb", ["deprovision", "inspect", "perform"])
async def test_what_is_not_there_can_only_be_provisioned(ledger: Ledger, verb: Any) -> None:
    with pytest.raises(ConflictError, match=rf"There is no environments payments/checkout to {verb}"):
        await ledger.accept(acceptance(request_record(1, verb)))


async def test_a_new_one_is_refused_where_one_is(ledger: Ledger) -> None:
    first = request_record(1)
    await ledger.accept(acceptance(first, expected_generation=0))
    await finish(ledger, first)
    with pytest.raises(ResourceExistsError, match="is already there; nothing is stored"):
        await ledger.accept(acceptance(request_record(2), expected_generation=0))


async def test_another_generation_than_the_one_read_is_refused(ledger: Ledger) -> None:
    first = request_record(1)
    await ledger.accept(acceptance(first))
    await finish(ledger, first)
    with pytest.raises(PreconditionError, match="at generation 1, not 2"):
        await ledger.accept(acceptance(request_record(2), expected_generation=2))
    await ledger.accept(acceptance(request_record(3), expected_generation=1))
    resource = await ledger.resource(first.key)
    assert resource is not None
    assert (resource.generation, resource.status, resource.was) == (2, "changing", "ready")


async def test_what_came_true_meanwhile_is_not_overwritten_by_an_older_reading(ledger: Ledger) -> None:
    first = request_record(1)
    await ledger.accept(acceptance(first))
    await finish(ledger, first, outputs={"address": "here"})
    later = START.replace(year=2027)
    await ledger.extend(first.key, later, by="ann")
    await ledger.accept(acceptance(request_record(2)))
    resource = await ledger.resource(first.key)
    assert resource is not None
    assert (resource.outputs, resource.expires_at) == ({"address": "here"}, later)
    assert (resource.applied_spec, resource.spec["cpu"]) == (first.spec, 2)


async def test_a_removed_one_may_be_made_again_and_its_generations_go_on(ledger: Ledger) -> None:
    for number, verb in enumerate(("provision", "deprovision"), start=1):
        request = request_record(number, verb)  # type: ignore[arg-type]  # enumerate forgets the literals
        await ledger.accept(acceptance(request))
        await finish(ledger, request)
    tombstone = await ledger.resource(resource_key())
    assert tombstone is not None
    assert (tombstone.status, tombstone.expires_at, tombstone.outputs) == ("removed", None, {})
    await ledger.accept(acceptance(request_record(3), expected_generation=0))
    resource = await ledger.resource(resource_key())
    assert resource is not None
    assert (resource.status, resource.generation, resource.applied_spec) == ("provisioning", 2, None)


async def test_the_quota_counts_the_teams_resources_of_the_capability_that_are_not_removed(ledger: Ledger) -> None:
    elsewhere = [resource_key("a", team="sales"), resource_key("a", capability="storage"), resource_key("gone")]
    for number, key in enumerate([*elsewhere, resource_key("one")]):
        request = request_record(number, key=key)
        await ledger.accept(acceptance(request, quota=2))
        await finish(ledger, request)
    gone = request_record(10, "deprovision", key=resource_key("gone"))
    await ledger.accept(acceptance(gone))
    await finish(ledger, gone)
    await ledger.accept(acceptance(request_record(11, key=resource_key("two")), quota=2))
    with pytest.raises(QuotaError, match="Team payments has 2 environments and may have 2"):
        await ledger.accept(acceptance(request_record(12, key=resource_key("three")), quota=2))
    await ledger.accept(acceptance(request_record(13, key=resource_key("one")), quota=2))


@pytest.mark.parametrize(
    ("move", "word"),
    [(None, "not there"), ("removing", "removing"), ("removed", "removed")],
)
async def test_a_home_must_be_there(ledger: Ledger, move: str | None, word: str) -> None:
    home = resource_key("home")
    if move:
        first, removal = request_record(1, key=home), request_record(2, "deprovision", key=home)
        await ledger.accept(acceptance(first))
        await finish(ledger, first)
        await ledger.accept(acceptance(removal))
        if move == "removed":
            await finish(ledger, removal)
    guest = request_record(3, key=resource_key(capability="storage"))
    with pytest.raises(ConflictError, match=rf"environments payments/home is {word}"):
        await ledger.accept(acceptance(guest, environment="home", must_be_ready=(home,)))


async def test_an_inhabited_environment_does_not_go(ledger: Ledger) -> None:
    home = request_record(1, key=resource_key("home"))
    guest = request_record(2, key=resource_key(capability="storage"))
    await ledger.accept(acceptance(home))
    await finish(ledger, home)
    await ledger.accept(acceptance(guest, environment="home", must_be_ready=(home.key,)))
    await finish(ledger, guest)
    assert [each.key for each in await ledger.inhabitants("payments", "home")] == [guest.key]
    assert await ledger.inhabitants("sales", "home") == []
    with pytest.raises(ConflictError, match="1 resources live in environments payments/home"):
        await ledger.accept(acceptance(request_record(3, "deprovision", key=home.key), refuse_while_inhabited=True))
    gone = request_record(4, "deprovision", key=guest.key)
    await ledger.accept(acceptance(gone))
    await finish(ledger, gone)
    await ledger.accept(acceptance(request_record(5, "deprovision", key=home.key), refuse_while_inhabited=True))


@pytest.mark.parametrize("more", [{}, {"note": "\0\ud800"}], ids=["plain", "no text"])
async def test_what_moves_lives_in_both_until_its_run_is_permitted(ledger: Ledger, more: dict[str, str]) -> None:
    homes = [request_record(number, key=resource_key(name)) for number, name in enumerate("ab", start=1)]
    guest, rejected, moved = (
        request_record(number, key=resource_key(capability="storage"), spec={"environment": home, **more})
        for number, home in ((3, "a"), (4, "b"), (5, "b"))
    )
    elsewhere = request_record(6, key=resource_key("other"), spec={"placements": [{"environment": "a"}]})
    for each, environment in ((homes[0], None), (homes[1], None), (elsewhere, None), (guest, "a")):
        await ledger.accept(acceptance(each, environment=environment))
        await finish(ledger, each)
    removal = acceptance(request_record(7, "deprovision", key=homes[0].key), refuse_while_inhabited=True)

    async def stays() -> None:
        assert [each.key for each in await ledger.inhabitants("payments", "a")] == [guest.key]
        with pytest.raises(ConflictError, match="1 resources live in environments payments/a"):
            await ledger.accept(removal)

    await ledger.accept(acceptance(rejected, environment="b"))
    await stays()
    assert [each.key for each in await ledger.inhabitants("payments", "b")] == [guest.key]
    await ledger.change(Change(request=rejected.id, history=(), phase="rejected"))
    await stays()
    await ledger.accept(acceptance(moved, environment="b"))
    assert await ledger.permit(moved.id, "u1", step="terraform", digest="d")
    assert await ledger.inhabitants("payments", "a") == []
    await finish(ledger, moved)
    await ledger.accept(removal)


async def test_what_begins_to_move_in_the_same_group_still_lives_where_it_did(ledger: Ledger) -> None:
    home, guest = request_record(1, key=resource_key("a")), request_record(2, key=resource_key(capability="storage"))
    guest = replace(guest, spec={"environment": "a"})
    for each, environment in ((home, None), (guest, "a")):
        await ledger.accept(acceptance(each, environment=environment))
        await finish(ledger, each)
    move = replace(request_record(3, key=guest.key), spec={"environment": "b"})
    removal = request_record(4, "deprovision", key=home.key)
    _, refused = await asyncio.gather(
        ledger.accept(acceptance(move, environment="b")),
        ledger.accept(acceptance(removal, refuse_while_inhabited=True)),
        return_exceptions=True,
    )
    assert isinstance(refused, ConflictError)


async def test_a_bad_acceptance_fails_alone(ledger: Ledger) -> None:
    """One that violates a constraint which no rule foresees, between others that arrive with it."""
    wishes = [acceptance(request_record(number, key=resource_key(f"n{number}"))) for number in range(20)]
    twice = acceptance(replace(request_record(5, key=resource_key("twice")), id="01k-another"))
    wishes.insert(10, twice)
    results = await asyncio.gather(*(ledger.accept(wish) for wish in wishes), return_exceptions=True)
    assert [index for index, result in enumerate(results) if isinstance(result, Exception)] == [10]
    assert await ledger.resource(resource_key("twice")) is None
    assert (await ledger.backlog())[0] == 20


async def test_of_two_that_arrive_together_for_one_resource_the_second_is_refused(ledger: Ledger) -> None:
    results = await asyncio.gather(
        *(ledger.accept(acceptance(request_record(number))) for number in range(2)), return_exceptions=True
    )
    assert isinstance(results[0], Accepted)
    assert isinstance(results[1], OpenRequestError)


async def test_times_come_back_as_utc_whatever_zone_they_had(ledger: Ledger, clock: Clock) -> None:
    request = request_record(1, created_at=clock())
    await ledger.accept(acceptance(request))
    found = await ledger.request(request.id)
    assert found is not None
    assert found.created_at.utcoffset() == START.utcoffset()
