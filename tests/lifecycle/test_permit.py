from dataclasses import replace

import pytest

from idp.catalog import CATALOG
from idp.engines.protocol import StepIdentity
from idp.ledger.records import RequestRecord
from idp.lifecycle.cancel import cancel
from idp.lifecycle.decide import decide
from idp.lifecycle.permit import PermitRefusedError, permit
from tests.lifecycle.asking import ADA, CAROL, DIGEST, Team

pytestmark = pytest.mark.anyio

OTHER = "e" * 64


def step(request: RequestRecord, name: str = "terraform", uid: str = "uid") -> StepIdentity:
    return StepIdentity(run=request.run, run_uid=uid, step=name)


async def refused(team: Team, identity: StepIdentity, digest: str = DIGEST) -> str:
    with pytest.raises(PermitRefusedError) as caught:
        await permit(team.ledger, CATALOG, identity, digest=digest)
    return str(caught.value)


async def test_a_step_of_an_open_request_may_change_the_world_and_so_may_the_next(team: Team) -> None:
    request = await team.asks()

    await permit(team.ledger, CATALOG, step(request), digest=DIGEST)
    await permit(team.ledger, CATALOG, step(request, "playbook-environment"), digest=DIGEST)

    assert (await team.request(request.id)).permitted
    assert (await team.kinds(request.id))[-2:] == ["permitted", "permitted"]


async def test_an_approved_plan_may_be_carried_out_and_no_other(team: Team) -> None:
    request = await team.asks(spec={"stage": "prod"})
    await team.awaits(request)
    assert "is not approved" in await refused(team, step(request))

    await decide(team.ledger, CAROL, request.id, verdict="approve", digest=DIGEST)

    assert f"Approved was the plan {DIGEST}; this is {OTHER}" in await refused(team, step(request), OTHER)
    await permit(team.ledger, CATALOG, step(request), digest=DIGEST)
    assert (await team.kinds(request.id))[-3:] == ["approved", "refused-permit", "permitted"]


async def test_the_first_run_wins(team: Team) -> None:
    request = await team.asks()
    await permit(team.ledger, CATALOG, step(request), digest=DIGEST)

    assert "run with uid uid, not second" in await refused(team, step(request, uid="second"))


async def test_a_finished_request_permits_nothing(team: Team) -> None:
    request = await team.asks()
    await cancel(team.ledger, ADA, request.id)

    assert "is cancelled" in await refused(team, step(request))


async def test_a_refusal_is_an_alarm_in_the_history(team: Team) -> None:
    request = await team.asks()

    reason = await refused(team, step(request, "look"))

    entry = (await team.ledger.history(request.id))[-1]
    assert entry.kind == "refused-permit"
    assert entry.data == {"step": "look", "run_uid": "uid", "digest": DIGEST, "reason": reason}
    assert "look is a step that only looks" in reason


async def test_an_inspection_never_changes_anything(team: Team) -> None:
    await team.has()
    request = await team.asks("inspect")

    assert await refused(team, step(request)) == "An inspection changes nothing."


async def test_a_step_that_the_capability_does_not_have_is_refused(team: Team) -> None:
    request = await team.asks()

    assert "playbook-other is a step, not one of those that change" in await refused(
        team, step(request, "playbook-other")
    )


@pytest.mark.parametrize("run", ["environments-nonsense", "environments-01jd0000000000000000000000", ""])
async def test_a_run_of_no_request_is_refused(team: Team, run: str) -> None:
    assert "belongs to no request" in await refused(team, StepIdentity(run=run, run_uid="uid", step="terraform"))


async def test_a_run_of_another_name_is_not_the_requests(team: Team) -> None:
    request = await team.asks()

    assert "belongs to no request" in await refused(team, replace(step(request), run=f"storage-{request.id}"))
    assert await team.kinds(request.id) == ["accepted"]
