from datetime import UTC, datetime, timedelta

import pytest

from idp.capability import Lifetime
from idp.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError, PreconditionError, RefusedError
from idp.ledger.protocol import KeyReusedError, OpenRequestError, QuotaError, ResourceExistsError
from idp.ledger.records import Change, Page
from idp.lifecycle.explain import explain
from idp.lifecycle.weighing import DeniedError, production_does_not_expire
from idp.lifecycle.wishes import Wish
from tests.lifecycle.asking import ADA, CAROL, EVE, Team, wish

pytestmark = pytest.mark.anyio


async def test_a_new_resource_is_stored_with_its_request_and_lives_for_the_default_lifetime(team: Team) -> None:
    request = await team.asks()
    resource = await team.resource()

    assert request.run == f"environments-{request.id}"
    assert (request.phase, request.approval, request.rule) == ("accepted", "none", "members-may-change")
    assert request.spec == {"team": "payments", "name": "checkout", "stage": "dev", "cpu": 4, "memory_gib": 8}
    assert (resource.status, resource.generation, resource.open_request) == ("provisioning", 1, request.id)
    assert resource.expires_at == request.created_at + timedelta(days=14)
    assert await team.kinds(request.id) == ["accepted"]


async def test_production_needs_another_person_and_does_not_expire(team: Team) -> None:
    request = await team.asks(spec={"stage": "prod"})

    assert (request.approval, request.approver_role) == ("required", "approver")
    assert (await team.resource()).expires_at is None


def test_production_does_not_expire() -> None:
    lifetime = Lifetime(default=timedelta(days=1), longest=timedelta(days=2))
    now = datetime(2026, 1, 1, tzinfo=UTC)

    assert production_does_not_expire("prod", lifetime, now) is None
    assert production_does_not_expire("staging", lifetime, now) == datetime(2026, 1, 2, tzinfo=UTC)


async def test_a_change_brings_the_whole_new_spec_and_keeps_the_end_of_its_life(team: Team) -> None:
    before = await team.has()

    await team.asks(spec={"cpu": 8}, change=True)
    after = await team.resource()

    assert (after.status, after.generation, after.spec["cpu"]) == ("changing", 2, 8)
    assert after.expires_at == before.expires_at
    assert (after.applied_spec or {})["cpu"] == 4


async def test_removing_and_looking_use_the_applied_spec_not_the_newest(team: Team) -> None:
    await team.has()
    failed = await team.asks(spec={"cpu": 8}, change=True)
    await team.ledger.change(Change(request=failed.id, history=(("failed", {}),), phase="failed"))
    assert (await team.resource()).spec["cpu"] == 8

    looked = await team.asks("inspect")
    removed = await team.asks("deprovision")

    assert looked.spec["cpu"] == 4
    assert removed.spec["cpu"] == 4


async def test_what_was_never_applied_is_removed_by_its_newest_spec(team: Team) -> None:
    failed = await team.asks(spec={"cpu": 8})
    await team.ledger.change(Change(request=failed.id, history=(("failed", {}),), phase="failed"))

    assert (await team.asks("deprovision")).spec["cpu"] == 8


async def test_an_inspection_changes_nothing_and_minds_no_open_request(team: Team) -> None:
    opened = await team.asks()

    looked = await team.asks("inspect")

    assert looked.approval == "none"
    assert (await team.resource()).open_request == opened.id


async def test_an_inspection_of_production_needs_no_approval_but_its_removal_does(team: Team) -> None:
    await team.has(spec={"stage": "prod"})

    assert (await team.asks("inspect")).approval == "none"
    assert (await team.asks("deprovision")).approval == "required"


async def test_an_action_takes_the_stage_of_what_it_acts_on(team: Team) -> None:
    await team.has(spec={"stage": "prod"})

    request = await team.asks("perform", capability="configurations")

    assert (request.stage, request.approval) == ("prod", "required")
    assert request.key.capability == "environments"
    assert request.run.startswith("configurations-")


async def test_a_resource_lives_in_an_environment_of_its_team_which_then_cannot_go(team: Team) -> None:
    await team.has()
    await team.has("receipts", capability="storage", spec={"environment": "checkout"})

    with pytest.raises(ConflictError, match="1 resources live in environments payments/checkout"):
        await team.asks("deprovision")


async def test_a_name_can_be_used_again_and_its_life_begins_anew(team: Team) -> None:
    first = await team.has()
    await team.succeeded(await team.asks("deprovision"))

    again = await team.has()

    assert again.generation == 2
    assert again.created_at > first.created_at


REFUSED: dict[str, tuple[Wish, type[RefusedError], str]] = {
    "another team's": (wish(team="shop"), DeniedError, "ada is not a member of team shop"),
    "one that is there": (wish(name="there"), ResourceExistsError, "Change it with PUT"),
    "one with an open request": (wish(name="busy"), OpenRequestError, "has an open request"),
    "a change of nothing": (wish(name="none", change=True), NotFoundError, "no environments payments/none"),
    "a removal of nothing": (wish("deprovision", "none"), NotFoundError, "no environments payments/none"),
    "a removal of what is removed": (wish("deprovision", "removed"), NotFoundError, "no environments"),
    "a look at nothing": (wish("inspect", "none"), NotFoundError, "no environments"),
    "an action on nothing": (wish("perform", "none", capability="configurations"), NotFoundError, "no environments"),
    "an action on what changes": (wish("perform", "busy", capability="configurations"), OpenRequestError, "open"),
    "in no environment": (
        wish(capability="storage", spec={"environment": "none"}),
        ConflictError,
        "environments payments/none is not there",
    ),
    "in an environment that is removed": (
        wish(capability="storage", spec={"environment": "removed"}),
        ConflictError,
        "environments payments/removed is removed",
    ),
    "another stage": (
        wish(name="there", change=True, spec={"stage": "prod"}),
        InvalidError,
        "Team, name and stage of a resource never change",
    ),
    "another generation": (
        wish(name="there", change=True, generations=frozenset({7})),
        PreconditionError,
        "is at generation 1",
    ),
    "a removal of another generation": (
        wish("deprovision", "there", generations=frozenset()),
        PreconditionError,
        "is at generation 1",
    ),
    "one too many": (wish(name="eleventh"), QuotaError, "has 10 environments and may have 10"),
}


@pytest.fixture
async def crowded(team: Team) -> Team:
    """Ten environments: one ready, one busy; and a removed one."""
    await team.has("removed")
    await team.succeeded(await team.asks("deprovision", "removed"))
    await team.has("there")
    await team.asks(name="busy")
    for number in range(8):
        await team.has(f"other{number}")
    return team


@pytest.mark.parametrize("case", REFUSED)
async def test_refused_and_nothing_is_stored(crowded: Team, case: str) -> None:
    wanted, error, says = REFUSED[case]
    before = await crowded.ledger.requests(Page(limit=100))

    with pytest.raises(error, match=says):
        await crowded.accepts(wanted)

    assert await crowded.ledger.requests(Page(limit=100)) == before


@pytest.mark.parametrize("case", REFUSED)
async def test_explain_says_what_accept_would(crowded: Team, case: str) -> None:
    wanted, error, says = REFUSED[case]
    if issubclass(error, NotFoundError | InvalidError):
        with pytest.raises(error, match=says):
            await explain(crowded.ledger, ADA, wanted)
        return

    found = await explain(crowded.ledger, ADA, wanted)

    assert not found.allowed
    assert says in found.reason
    assert found.rule == ("members-only" if error is DeniedError else error.slug)


async def test_explain_tells_all_and_stores_nothing(team: Team) -> None:
    await team.has("other")
    before = await team.ledger.requests(Page())

    found = await explain(team.ledger, ADA, wish(spec={"stage": "prod"}))

    assert found.allowed
    assert (found.rule, found.approver_role) == ("production-needs-another-person", "approver")
    assert found.steps == ("look", "gate", "terraform", "playbook-environment")
    assert found.names == {
        "run": "environments-<request id>",
        "resource": "environments.payments.checkout",
        "state_key": "payments/environments/checkout",
    }
    assert (found.per_team, found.used, found.expires_at) == (10, 1, None)
    assert await team.ledger.requests(Page()) == before
    assert (await team.ledger.history(before[0].id))[-1].kind == "succeeded"


async def test_explain_shows_the_steps_of_each_verb(team: Team) -> None:
    there = await team.has()

    removal = await explain(team.ledger, ADA, wish("deprovision"))
    look = await explain(team.ledger, ADA, wish("inspect"))
    action = await explain(team.ledger, ADA, wish("perform", capability="configurations"))
    change = await explain(team.ledger, ADA, wish(change=True))

    assert removal.steps == ("look", "gate", "playbook-environment", "terraform")
    assert look.steps == ("look",)
    assert action.steps == ("look", "gate", "playbook-by-playbook")
    assert (action.per_team, action.used, "state_key" in action.names) == (None, None, False)
    assert change.expires_at == there.expires_at


async def test_who_is_no_member_does_not_learn_what_is_there(team: Team) -> None:
    await team.has()

    for verb, name in (("deprovision", "checkout"), ("deprovision", "none"), ("inspect", "checkout")):
        with pytest.raises(DeniedError, match="eve is not a member"):
            await team.accepts(wish(verb, name), EVE)  # type: ignore[arg-type]  # of the table above


async def test_an_approver_without_the_team_may_ask_for_nothing(team: Team) -> None:
    with pytest.raises(ForbiddenError):
        await team.accepts(wish(), CAROL)


async def test_too_much_for_the_wire_is_refused_before_it_is_stored(team: Team) -> None:
    await team.has()
    settings = {f"NAME_{number}": "a" * 250 for number in range(60)}
    fits = wish("perform", capability="configurations", spec={"settings": settings})
    await team.succeeded((await team.accepts(fits)).request)
    body = fits.spec
    assert body
    # No capability of the catalogue can be that large; a company's can.
    large = body.model_copy(update={"settings": {f"NAME_{number}": "a" * 250 for number in range(200)}})
    wanted = Wish(capability=fits.capability, verb="perform", team="payments", name="checkout", spec=large)

    with pytest.raises(InvalidError, match="at most 32768 fit"):
        await team.accepts(wanted)


async def test_a_repeated_key_gets_the_first_request(team: Team) -> None:
    first = await team.accepts(wish(idempotency_key="k"))
    second = await team.accepts(wish(idempotency_key="k"))

    assert (first.replayed, second.replayed) == (False, True)
    assert second.request.id == first.request.id


async def test_a_repeated_key_gets_its_request_even_when_the_world_has_moved_on(team: Team) -> None:
    await team.has()
    removal = wish("deprovision", idempotency_key="k", generations=frozenset({1}))
    first = await team.accepts(removal)
    await team.succeeded(first.request)

    again = await team.accepts(removal)

    assert (again.replayed, again.request.id) == (True, first.request.id)


async def test_a_key_for_something_else_is_refused_even_when_the_world_has_moved_on(team: Team) -> None:
    await team.has()
    await team.succeeded(await team.asks("deprovision", idempotency_key="k"))

    with pytest.raises(KeyReusedError, match="used by ada for another body"):
        await team.accepts(wish("inspect", idempotency_key="k"))


async def test_a_key_is_the_callers_own(team: Team) -> None:
    await team.has()
    await team.succeeded(await team.asks("deprovision", idempotency_key="k"))

    with pytest.raises(DeniedError):
        await team.accepts(wish("deprovision", idempotency_key="k"), EVE)
