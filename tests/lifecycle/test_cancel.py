import pytest

from idp.catalog import CATALOG
from idp.engines.protocol import StepIdentity
from idp.errors import ConflictError, ForbiddenError, NotFoundError
from idp.lifecycle.cancel import cancel
from idp.lifecycle.permit import permit
from tests.lifecycle.asking import ADA, CAROL, DIGEST, EVE, Team

pytestmark = pytest.mark.anyio


async def test_what_changed_nothing_leaves_nothing(team: Team) -> None:
    request = await team.asks()

    cancelled = await cancel(team.ledger, ADA, request.id)

    assert (cancelled.phase, cancelled.message) == ("cancelled", "Cancelled by ada. Nothing was changed.")
    assert (await team.resource()).status == "removed"
    assert (await team.kinds(request.id))[-1] == "cancelled"


async def test_what_was_permitted_to_change_says_that_it_stays(team: Team) -> None:
    request = await team.asks()
    step = StepIdentity(run=request.run, run_uid="uid", step="terraform")
    await permit(team.ledger, CATALOG, step, digest=DIGEST)

    cancelled = await cancel(team.ledger, ADA, request.id)

    assert "what was changed stays" in cancelled.message
    assert (await team.resource()).status == "failed"


async def test_what_is_finished_cannot_be_cancelled(team: Team) -> None:
    request = await team.asks()
    await team.succeeded(request)

    with pytest.raises(ConflictError, match=r"is finished \(succeeded\)"):
        await cancel(team.ledger, ADA, request.id)


async def test_only_the_team_cancels(team: Team) -> None:
    request = await team.asks(spec={"stage": "prod"})

    with pytest.raises(ForbiddenError, match="Only members of team payments"):
        await cancel(team.ledger, CAROL, request.id)
    with pytest.raises(NotFoundError):
        await cancel(team.ledger, EVE, request.id)
    with pytest.raises(NotFoundError):
        await cancel(team.ledger, ADA, "nonsense")
