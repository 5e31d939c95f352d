import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any, get_args

import pytest

from idp.errors import ConflictError, ForbiddenError, NotFoundError
from idp.ledger.protocol import Ledger
from idp.ledger.records import Approval, Change, Decision, HistoryKind, RequestPhase, RequestRecord
from tests.ledger.samples import START, Clock, acceptance, request_record, resource_key

pytestmark = pytest.mark.anyio


async def filed(ledger: Ledger, request: RequestRecord) -> RequestRecord:
    return (await ledger.accept(acceptance(request))).request


def decision(request: RequestRecord, by: str = "olga", **changed: Any) -> Decision:
    plain = Decision(request=request.id, by=by, verdict="approve", digest="d1", comment="Go", at=START)
    return replace(plain, **changed)


async def test_a_change_writes_its_fields_and_its_history_and_nothing_else(ledger: Ledger, clock: Clock) -> None:
    request = await filed(ledger, request_record(1))
    at = clock.forward(5)
    change = Change(
        request=request.id,
        history=(("started", {"run_uid": "u1"}), ("planned", {"changes": 2})),
        phase="running",
        run_uid="u1",
        changes=2,
        digest="d1",
        summary={"text": "Plan"},
    )
    changed = await ledger.change(change)
    assert changed == replace(request, phase="running", run_uid="u1", changes=2, digest="d1", summary={"text": "Plan"})
    assert await ledger.request(request.id) == changed
    history = [(each.sequence, each.kind, each.at) for each in await ledger.history(request.id)]
    assert history == [(1, "accepted", START), (2, "started", at), (3, "planned", at)]


async def test_a_finishing_change_frees_the_resource_and_drops_what_the_engine_need_not_know(
    ledger: Ledger, clock: Clock
) -> None:
    request = await filed(ledger, request_record(1))
    at = clock.forward(9)
    done = await ledger.change(
        Change(request=request.id, history=(("succeeded", {}),), phase="succeeded", outputs={"host": "h"})
    )
    assert done is not None
    assert (done.phase, done.finished_at, done.open) == ("succeeded", at, False)
    resource = await ledger.resource(request.key)
    assert resource is not None
    assert (resource.status, resource.open_request, resource.outputs) == ("ready", None, {"host": "h"})
    assert resource.updated_at == at
    assert await ledger.backlog() == (0, None)


async def test_a_change_in_another_phase_writes_nothing(ledger: Ledger) -> None:
    request = await filed(ledger, request_record(1))
    change = Change(request=request.id, history=(("failed", {}),), phases=frozenset({"running"}), phase="failed")
    assert await ledger.change(change) is None
    assert await ledger.request(request.id) == request
    assert len(await ledger.history(request.id)) == 1


async def test_a_change_worked_out_from_an_older_history_writes_nothing(ledger: Ledger) -> None:
    request = await filed(ledger, request_record(1))
    step = Change(request=request.id, history=(("step", {"step": "look"}),), after=1)
    assert await ledger.change(step) is not None
    assert await ledger.change(step) is None
    assert len(await ledger.history(request.id)) == 2


async def test_what_is_finished_stays_so(ledger: Ledger) -> None:
    request = await filed(ledger, request_record(1))
    await ledger.change(Change(request=request.id, history=(), phase="cancelled"))
    every: frozenset[RequestPhase] = frozenset({"cancelled"})
    with pytest.raises(ConflictError, match="is cancelled and cannot become running"):
        await ledger.change(Change(request=request.id, history=(), phases=every, phase="running"))
    assert await ledger.change(Change(request=request.id, history=(("alarm", {}),), phases=every, outbox="stop"))
    assert [row.action for row in await ledger.due(START, lease_seconds=1, limit=9)] == ["stop"]


async def test_a_change_of_no_request_is_refused(ledger: Ledger) -> None:
    with pytest.raises(NotFoundError, match="There is no request nobody"):
        await ledger.change(Change(request="nobody", history=()))


async def test_a_decision_is_kept_with_what_it_sets_off(ledger: Ledger) -> None:
    request = await filed(ledger, request_record(1, approval="required"))
    word = decision(request)
    await ledger.change(
        Change(
            request=request.id,
            history=(("approved", {"by": "olga"}),),
            approved_digest="d1",
            decision=word,
            outbox="resume",
            close_outbox=frozenset({"publish"}),
        )
    )
    assert await ledger.decisions(request.id) == [word]
    assert [row.action for row in await ledger.due(START, lease_seconds=1, limit=9)] == ["resume"]


async def test_decisions_come_in_the_order_they_were_made(ledger: Ledger) -> None:
    request = await filed(ledger, request_record(1, approval="required"))
    words = [decision(request, by) for by in ("olga", "pit", "olga")]
    for word in words:
        await ledger.change(Change(request=request.id, history=(), decision=word))
    assert await ledger.decisions(request.id) == words


async def test_nobody_decides_on_a_request_of_their_own(ledger: Ledger) -> None:
    request = await filed(ledger, request_record(1, approval="required"))
    change = Change(
        request=request.id, history=(("approved", {}),), approved_digest="d1", decision=decision(request, "ann")
    )
    with pytest.raises(ForbiddenError, match=r"ann asked for request .* another person must"):
        await ledger.change(change)
    assert await ledger.request(request.id) == request
    assert await ledger.decisions(request.id) == []


async def test_the_first_permit_fixes_the_run_and_what_may_be_true(ledger: Ledger) -> None:
    request = await filed(ledger, request_record(1))
    given = await ledger.permit(request.id, "u1", step="terraform", digest="d1")
    assert given == replace(request, run_uid="u1", permitted=True)
    assert await ledger.permit(request.id, "u1", step="playbook-environment", digest="d1") == given
    kinds = [(each.kind, dict(each.data)) for each in (await ledger.history(request.id))[1:]]
    assert kinds == [
        ("permitted", {"step": "terraform", "digest": "d1", "run_uid": "u1"}),
        ("permitted", {"step": "playbook-environment", "digest": "d1", "run_uid": "u1"}),
    ]
    resource = await ledger.resource(request.key)
    assert resource is not None
    assert resource.applied_spec == request.spec
    assert (await ledger.backlog())[0] == 0


@pytest.mark.parametrize(
    ("before", "run_uid", "digest"),
    [
        ({"phase": "cancelled"}, "u1", "d1"),
        ({"run_uid": "u2"}, "u1", "d1"),
        ({"approval": "required"}, "u1", "d1"),
        ({"approval": "required", "approved_digest": "d1"}, "u1", "d2"),
    ],
    ids=["finished", "another run", "not approved", "another plan"],
)
async def test_a_permit_is_not_given(ledger: Ledger, before: dict[str, Any], run_uid: str, digest: str) -> None:
    approval: Approval = "required" if "approval" in before else "none"
    request = await filed(ledger, request_record(1, approval=approval))
    changed = {name: value for name, value in before.items() if name != "approval"}
    await ledger.change(Change(request=request.id, history=(), **changed))
    stands = await ledger.request(request.id)
    assert await ledger.permit(request.id, run_uid, step="terraform", digest=digest) is None
    assert await ledger.request(request.id) == stands
    assert len(await ledger.history(request.id)) == 1


async def test_a_permit_is_given_for_the_approved_plan(ledger: Ledger) -> None:
    request = await filed(ledger, request_record(1, approval="required"))
    await ledger.change(Change(request=request.id, history=(), run_uid="u1", approved_digest="d1"))
    assert await ledger.permit(request.id, "u1", step="terraform", digest="d1")


async def test_an_inspection_and_an_unknown_request_get_no_permit(ledger: Ledger) -> None:
    await filed(ledger, request_record(1))
    inspection = await filed(ledger, request_record(2, "inspect"))
    assert await ledger.permit(inspection.id, "u1", step="look", digest="d1") is None
    assert await ledger.permit("nobody", "u1", step="look", digest="d1") is None


async def test_a_permit_of_a_removal_leaves_the_applied_spec(ledger: Ledger) -> None:
    first = await filed(ledger, request_record(1))
    await ledger.change(Change(request=first.id, history=(), phase="succeeded"))
    removal = await filed(ledger, request_record(2, "deprovision"))
    await ledger.permit(removal.id, "u1", step="terraform", digest="d1")
    resource = await ledger.resource(first.key)
    assert resource is not None
    assert resource.applied_spec == first.spec


async def test_an_alarm_is_recorded_whatever_the_phase(ledger: Ledger) -> None:
    request = await filed(ledger, request_record(1))
    await ledger.change(Change(request=request.id, history=(), phase="failed"))
    await ledger.record(request.id, [("alarm", {"message": "m"}), ("refused-permit", {"step": "terraform"})])
    assert [(each.sequence, each.kind) for each in await ledger.history(request.id, after=1)] == [
        (2, "alarm"),
        (3, "refused-permit"),
    ]
    with pytest.raises(NotFoundError):
        await ledger.record("nobody", [("alarm", {})])


async def test_extending_moves_the_end_and_tells_who_did(ledger: Ledger, clock: Clock) -> None:
    request = await filed(ledger, request_record(1))
    await filed(ledger, request_record(2, "inspect"))
    later = START + timedelta(days=60)
    at = clock.forward(1)
    resource = await ledger.extend(request.key, later, by="ben")
    assert (resource.expires_at, resource.updated_at) == (later, at)
    assert await ledger.resource(request.key) == resource
    entry = (await ledger.history(request.id))[-1]
    assert (entry.kind, entry.data) == ("extended", {"by": "ben", "expires_at": later.isoformat()})


async def test_what_is_not_there_or_removed_cannot_be_extended(ledger: Ledger) -> None:
    with pytest.raises(NotFoundError, match="There is no environments payments/checkout to extend"):
        await ledger.extend(resource_key(), START, by="ben")
    request = await filed(ledger, request_record(1))
    await ledger.change(Change(request=request.id, history=(), phase="cancelled"))
    with pytest.raises(NotFoundError):
        await ledger.extend(resource_key(), START, by="ben")


async def test_what_is_being_removed_is_not_extended(ledger: Ledger) -> None:
    first = await filed(ledger, request_record(1))
    await ledger.change(Change(request=first.id, history=(), phase="succeeded"))
    removal = request_record(2, "deprovision")
    _, refused = await asyncio.gather(
        filed(ledger, removal), ledger.extend(first.key, START + timedelta(days=60), by="ben"), return_exceptions=True
    )
    assert isinstance(refused, ConflictError)
    assert str(refused) == f"environments payments/checkout is being removed; cancel request {removal.id} first."
    await ledger.change(Change(request=removal.id, history=(), phase="rejected"))
    await ledger.extend(first.key, START + timedelta(days=60), by="ben")


async def test_what_was_extended_meanwhile_is_not_removed(ledger: Ledger) -> None:
    first = await filed(ledger, request_record(1))
    await ledger.change(Change(request=first.id, history=(), phase="succeeded"))
    end = START + timedelta(days=14)
    removal = acceptance(request_record(2, "deprovision"), expired_at=end)
    _, refused = await asyncio.gather(
        ledger.extend(first.key, end + timedelta(days=1), by="ben"), ledger.accept(removal), return_exceptions=True
    )
    assert isinstance(refused, ConflictError)
    assert str(refused) == "environments payments/checkout was extended meanwhile; nothing is stored."
    assert await ledger.request(removal.request.id) is None
    await ledger.accept(replace(removal, expired_at=end + timedelta(days=1)))


async def test_what_never_ends_is_not_removed_as_its_life_is_over(ledger: Ledger) -> None:
    first = acceptance(request_record(1))
    assert first.resource
    await ledger.accept(replace(first, resource=replace(first.resource, expires_at=None)))
    await ledger.change(Change(request=first.request.id, history=(), phase="succeeded"))
    with pytest.raises(ConflictError, match="was extended meanwhile"):
        await ledger.accept(acceptance(request_record(2, "deprovision"), expired_at=START))


async def test_a_finished_change_of_an_inspection_marks_drift_only(ledger: Ledger) -> None:
    first = await filed(ledger, request_record(1))
    await ledger.change(Change(request=first.id, history=(), phase="succeeded"))
    for number, (changes, status) in enumerate([(3, "drifted"), (0, "ready")], start=2):
        inspection = await filed(ledger, request_record(number, "inspect"))
        await ledger.change(Change(request=inspection.id, history=(), phase="succeeded", changes=changes))
        resource = await ledger.resource(first.key)
        assert resource is not None
        assert resource.status == status


async def test_ready_proves_writing(ledger: Ledger) -> None:
    await ledger.ready()
    await ledger.ready()


async def test_every_kind_of_history_can_be_stored(ledger: Ledger) -> None:
    request = await filed(ledger, request_record(1))
    kinds: tuple[HistoryKind, ...] = get_args(HistoryKind)
    await ledger.record(request.id, [(kind, {}) for kind in kinds])
    assert [each.kind for each in await ledger.history(request.id)] == ["accepted", *kinds]


async def test_what_a_program_said_is_kept_whatever_it_is(ledger: Ledger) -> None:
    request = await filed(ledger, request_record(1))
    word = decision(request, comment="so\0so")
    entries: tuple[tuple[HistoryKind, Any], ...] = (("failed", {"message": "half\0\ud800"}),)
    await ledger.change(
        Change(request=request.id, history=entries, phase="failed", message="half\0a letter", decision=word)
    )
    stored = await ledger.request(request.id)
    assert stored is not None
    assert stored.message.replace("?", "\0") == "half\0a letter"
    assert [each.comment.replace("?", "\0") for each in await ledger.decisions(request.id)] == ["so\0so"]
    assert (await ledger.history(request.id))[-1].data == {"message": "half\0\ud800"}


@pytest.mark.parametrize("id_", ["nobody", "no\0body"])
async def test_nothing_is_found_under_a_name_that_cannot_be(ledger: Ledger, id_: str) -> None:
    assert await ledger.request(id_) is None
    assert await ledger.permit(id_, "u1", step="terraform", digest="d1") is None
    with pytest.raises(NotFoundError):
        await ledger.change(Change(request=id_, history=()))
