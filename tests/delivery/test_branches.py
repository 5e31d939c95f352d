"""What hooks dropped is filed from the branches' heads, once, and not before its hook had its time."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from idp.delivery.branches import Branches
from idp.delivery.counters import Counters
from idp.delivery.pace import Pace
from idp.lifecycle.pushes import Pushes
from idp.repositories import GitServers
from tests.api.pushing import URL, A, B, C, Place, application, opened
from tests.applications.gits import git_server
from tests.ledger.samples import Clock

pytestmark = pytest.mark.anyio


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with opened(tmp_path, application(), application("books")) as found:
        yield found


@pytest.fixture
def branches(place: Place, clock: Clock, counters: Counters, pace: Pace) -> Branches:
    pushes = Pushes(ledger=place.platform.ledger, catalog=place.platform.parts.catalog, heads=place.server)
    return Branches(pushes, place.server, now=clock, counters=counters, pace=pace)


def head(place: Place, commit: str, name: str = "shop") -> None:
    place.server.branches[f"{URL}/{name}.git", "main"] = commit


async def versions(place: Place) -> list[str]:
    return [each.spec["version"] for each in await place.deployments()]


async def test_a_dropped_hook_is_made_up_for_once(
    place: Place, branches: Branches, clock: Clock, counters: Counters
) -> None:
    await place.push(A)
    head(place, B)
    await branches.turn()
    assert await versions(place) == [A], "the hook may be on its way"
    clock.forward(31)
    await branches.turn()
    await branches.turn()
    assert await versions(place) == [A, B]
    assert counters.missed == 1
    (_, request) = await place.deployments()
    assert (request.requester, request.source) == ("(application:payments/shop)", "branch:main")

    clock.forward(31)
    await branches.turn()
    late = await place.push(B)
    assert late.json()["outcome"] == "nothing"
    assert await versions(place) == [A, B]


async def test_each_new_head_gets_its_own_time(place: Place, branches: Branches, clock: Clock) -> None:
    await place.push(A)
    for commit in (B, C):
        head(place, commit)
        await branches.turn()
        clock.forward(20)
    await branches.turn()
    assert await versions(place) == [A]
    clock.forward(11)
    await branches.turn()
    assert await versions(place) == [A, C]


async def test_a_git_server_that_is_away_moves_nothing_and_is_counted(
    place: Place, branches: Branches, clock: Clock, counters: Counters
) -> None:
    await place.push(A)
    place.server.away = True
    head(place, B)
    await branches.turn()
    clock.forward(31)
    await branches.turn()
    assert (await versions(place), counters.unasked) == ([A], 4)  # two repositories, two turns


async def test_what_cannot_be_read_of_one_application_holds_up_no_other(
    place: Place, branches: Branches, clock: Clock, counters: Counters, monkeypatch: pytest.MonkeyPatch
) -> None:
    await place.push(A)
    head(place, B)
    heads = place.server.heads

    async def odd_for_books(repository: str) -> dict[str, str]:
        if "books" in repository:
            raise UnicodeError
        return await heads(repository)

    monkeypatch.setattr(place.server, "heads", odd_for_books)
    await branches.turn()
    clock.forward(31)
    await branches.turn()
    assert await versions(place) == [A, B]
    assert counters.unasked == 2


async def test_what_was_skipped_for_its_paths_is_not_missed(
    tmp_path: Path, clock: Clock, counters: Counters, pace: Pace
) -> None:
    placements = [{"environment": "checkout", "branch": "main", "paths": ["lib"]}]
    async with opened(tmp_path, application(placements=placements)) as place:
        pushes = Pushes(ledger=place.platform.ledger, catalog=place.platform.parts.catalog, heads=place.server)
        branches = Branches(pushes, place.server, now=clock, counters=counters, pace=pace)
        await place.push(A)
        await place.push(B, before=A, files=("README.md",))
        for _ in range(3):
            clock.forward(31)
            await branches.turn()
        assert await versions(place) == [A]
        head(place, C)
        for _ in range(3):
            clock.forward(31)
            await branches.turn()
        assert await versions(place) == [A, C]


async def test_what_is_found_for_production_is_approved_outside_the_team(
    tmp_path: Path, clock: Clock, counters: Counters, pace: Pace
) -> None:
    """Nobody said who pushed it. Who wrote it is read from git's own server, by the real way."""
    with git_server(tmp_path / "far") as far:
        repository = far.repository("shop")
        commit = repository.push({"a": "1"}, author="eve@acme.test")
        placements = [{"environment": "prod", "branch": "main"}]
        body = application(stage="prod", placements=placements, repository=repository.url)
        async with opened(tmp_path, body, stages=("prod",)) as place:
            ledger, read = place.platform.ledger, GitServers()
            pushes = Pushes(ledger=ledger, catalog=place.platform.parts.catalog, heads=read, repositories=read)
            branches = Branches(pushes, read, now=clock, counters=counters, pace=pace)
            await branches.turn()
            clock.forward(31)
            await branches.turn()
            (request,) = await place.deployments()
            assert request.spec["version"] == commit
            assert request.carriers == ("(team:payments)", "ada@payments.test", "eve@acme.test")
            await place.platform.awaits(request.id)
            decision = {"verdict": "approve", "digest": "d" * 64}
            for who, teams, status in (
                ("cid", ("payments",), 403),
                ("eve@acme.test", ("shop",), 403),
                ("dan", ("shop",), 200),
            ):
                async with place.platform.client(who, teams=teams, roles=("approver",)) as client:
                    answer = await client.post(f"/v1/requests/{request.id}/approval", json=decision)
                    assert answer.status_code == status, answer.text


async def test_a_branch_that_is_gone_is_left_alone(place: Place, branches: Branches, clock: Clock) -> None:
    await place.push(A)
    place.server.branches.clear()
    for _ in range(2):
        clock.forward(31)
        await branches.turn()
    assert await versions(place) == [A]
