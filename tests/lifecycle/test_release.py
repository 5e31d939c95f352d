"""Which lock may go: the table is written by hand."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from idp.engines.protocol import Phase, RunSeen, StepIdentity
from idp.ledger.records import RequestRecord
from idp.lifecycle.cancel import cancel
from idp.lifecycle.release import SETTLING, LockHeldError, RunEndingError, release
from idp.workflows.templates import GRACE
from tests.api.platform import ScriptedEngine
from tests.lifecycle.asking import ADA, Team

pytestmark = pytest.mark.anyio

LOCK = "9db590f1-b6fe-c5f2-2678-8804f089deba"
LONG_AGO = datetime(2026, 11, 24, tzinfo=UTC)


@dataclass
class Locked:
    """Two requests for one environment: the first is over, the second meets the lock that it left."""

    team: Team
    first: RequestRecord
    second: RequestRecord
    engine: ScriptedEngine = field(default_factory=ScriptedEngine)

    @property
    def step(self) -> StepIdentity:
        return StepIdentity(run=self.second.run, run_uid="uid", step="look")

    def shows(self, phase: Phase, finished_at: datetime | None = LONG_AGO) -> None:
        """The engine, of the first run."""
        run = RunSeen(name=self.first.run, uid="first", phase=phase, finished_at=finished_at)
        self.engine.seen[self.first.run] = run

    async def asks(self, holder: str | None = None, step: StepIdentity | None = None) -> None:
        holder = holder or f"idp@{self.first.run}-terraform-apply-2174911835"
        await release(self.team.ledger, self.engine, step or self.step, lock=LOCK, holder=holder)

    async def refused(self, holder: str | None = None, step: StepIdentity | None = None) -> str:
        with pytest.raises(LockHeldError) as caught:
            await self.asks(holder, step)
        kinds = await self.team.kinds(self.first.id) + await self.team.kinds(self.second.id)
        assert "released-lock" not in kinds
        return str(caught.value)


@pytest.fixture
async def locked(team: Team) -> Locked:
    first = await team.asks()
    await team.succeeded(first)
    return Locked(team, first, await team.asks("deprovision"))


async def test_the_lock_of_an_ended_run_may_go_and_both_requests_say_so(locked: Locked) -> None:
    locked.shows("Failed")

    await locked.asks()

    for id_ in (locked.first.id, locked.second.id):
        entry = (await locked.team.ledger.history(id_))[-1]
        assert entry.kind == "released-lock"
        assert entry.data == {"lock": LOCK, "holder": locked.first.run, "by": locked.second.run, "step": "look"}


@pytest.mark.parametrize("phase", ["Pending", "Running"])
async def test_the_lock_of_a_run_that_the_engine_still_sees_stays(locked: Locked, phase: Phase) -> None:
    """Of a cancelled request the run goes on until its step has ended."""
    locked.shows(phase)
    assert "which has not ended" in await locked.refused()


async def test_the_lock_of_an_open_request_stays_whatever_the_engine_sees(team: Team) -> None:
    open_one = await team.asks(name="other")
    locked = Locked(team, open_one, open_one)
    locked.shows("Failed")
    again = replace(locked.step, run=locked.first.run)
    other = await team.asks(capability="storage")

    assert "a run of another resource" in await locked.refused(step=replace(again, run=other.run))


async def test_a_run_that_has_just_ended_may_have_a_pod_that_still_writes(locked: Locked) -> None:
    locked.shows("Failed", datetime.now(UTC) - timedelta(minutes=2))
    with pytest.raises(RunEndingError, match="its lock can be released"):
        await locked.asks()
    locked.shows("Failed", datetime.now(UTC) - timedelta(minutes=4))
    await locked.asks()


async def test_where_the_engine_knows_the_run_no_more_the_ledger_says_when_it_ended(locked: Locked) -> None:
    with pytest.raises(RunEndingError):
        await locked.asks()


async def test_an_earlier_step_of_the_same_run_is_over(locked: Locked) -> None:
    await locked.asks(f"idp@{locked.second.run}-look-deprovision-123")
    assert (await locked.team.kinds(locked.second.id)).count("released-lock") == 1


@pytest.mark.parametrize(
    "holder",
    [
        "root@laptop",
        "idp@",
        "@",
        "idp@environments-01jd0000000000000000000000-terraform-apply-1",  # no such request
        "idp@storage-{id}-terraform-apply-1",  # the request's id, and another run
        "idp@x{run}-terraform-apply-1",
        "idp@{run}",  # no pod of it
        "idp@a@{run}-terraform-apply-1",
        "idp@{run}-terraform-apply-1\n",
    ],
)
async def test_a_holder_that_is_no_run_of_this_platform_keeps_its_lock(locked: Locked, holder: str) -> None:
    locked.shows("Failed")
    named = holder.format(run=locked.first.run, id=locked.first.id)
    assert "is no run of this platform" in await locked.refused(named)


async def test_a_run_of_another_resource_keeps_its_lock(locked: Locked) -> None:
    other = await locked.team.asks(name="other")
    assert "a run of another resource" in await locked.refused(f"idp@{other.run}-terraform-apply-1")


async def test_who_carries_out_no_open_request_releases_nothing(locked: Locked) -> None:
    locked.shows("Failed")
    forged = replace(locked.step, run="environments-01jd0000000000000000000000")
    assert "carries out no open request" in await locked.refused(step=forged)
    await cancel(locked.team.ledger, ADA, locked.second.id)
    assert "carries out no open request" in await locked.refused()


async def test_a_second_run_of_the_request_releases_nothing(locked: Locked) -> None:
    locked.shows("Failed")
    await locked.team.awaits(locked.second)
    assert "carries out no open request" in await locked.refused(step=replace(locked.step, run_uid="forged"))


def test_a_run_settles_for_longer_than_its_pods_may_take_to_end() -> None:
    assert SETTLING > GRACE
