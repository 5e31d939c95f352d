"""Pull requests over the whole API, their runs played: what is filed, in which order, and that nothing is left."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from idp.delivery.counters import Counters
from idp.delivery.pace import Pace
from idp.delivery.previews import Previews
from idp.ledger.records import Page, RequestRecord
from idp.lifecycle.pushes import Pushes
from tests.api.pushing import URL, A, B, Place, application, opened

pytestmark = pytest.mark.anyio


class Pulls:
    """A pull request's life, and turns of the loop."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.now = datetime.now(UTC)
        pushes = Pushes(ledger=place.platform.ledger, catalog=place.platform.parts.catalog, heads=place.server)
        self.loop = Previews(pushes, now=lambda: self.now, counters=Counters(), pace=Pace())
        self.sent = 0

    async def hook(self, action: str, commit: str = A, *, number: int = 12, of: str = "shop") -> dict[str, Any]:
        self.sent += 1
        body = {
            "action": action,
            "number": number,
            "pull_request": {
                "head": {"sha": commit, "repo": {"clone_url": f"{URL}/{of}.git"}},
                "user": {"login": "bob"},
            },
            "repository": {"clone_url": f"{URL}/shop.git", "pushed_at": self.sent},
        }
        answer: httpx2.Response = await self.place.send(
            json.dumps(body).encode(), self.place.secrets["shop"], f"pull {self.sent}", "pull_request"
        )
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def requests(self) -> list[RequestRecord]:
        """All that were filed for the pull request, the oldest first."""
        found = await self.place.platform.ledger.requests(Page(limit=1000))
        return [each for each in found[::-1] if each.requester == "(application:payments/shop)"]

    async def filed(self, turns: int = 8) -> list[tuple[str, str, str]]:
        """What is filed until nothing more is, each request succeeding at once."""
        done = {each.id for each in await self.requests()}
        for _ in range(turns):
            await self.loop.turn()
            for each in await self.requests():
                if each.open and not each.waits_in:
                    await self.place.platform.finished(each.id)
        return [(each.capability, each.verb, each.key.name) for each in await self.requests() if each.id not in done]


@pytest.fixture
async def pulls(tmp_path: Path) -> AsyncIterator[Pulls]:
    async with opened(tmp_path, application(previews=True)) as place:
        yield Pulls(place)


MADE = [
    ("environments", "provision", "pr-12-shop"),
    ("applications", "provision", "pr-12-shop"),
    ("deployments", "perform", "pr-12-shop.pr-12-shop"),
]
REMOVED = [("applications", "deprovision", "pr-12-shop"), ("environments", "deprovision", "pr-12-shop")]


async def test_it_is_opened_pushed_to_and_closed_and_nothing_is_left(pulls: Pulls) -> None:
    assert (await pulls.hook("opened"))["outcome"] == "noted"
    assert await pulls.filed() == MADE
    *_, shown, deployed = await pulls.requests()
    assert (deployed.spec["version"], deployed.source, deployed.rule) == (A, "pull:12", "pushes-may-deploy")
    assert (shown.stage, shown.spec["previews"], shown.spec["placements"]) == (
        "dev",
        False,
        [{"environment": "pr-12-shop", "branch": None, "paths": []}],
    )

    await pulls.hook("synchronize", B)
    assert await pulls.filed() == MADE[2:]
    assert await pulls.filed() == []

    await pulls.hook("closed", B)
    assert await pulls.filed() == REMOVED
    assert await pulls.place.platform.ledger.previews() == []
    for capability in ("applications", "environments", "applications.placed"):
        left = await pulls.place.platform.ledger.resources(Page(), capability=capability)
        assert not [each for each in left if "pr-12" in each.key.name]


async def test_a_hook_that_comes_late_brings_nothing_back_and_opening_again_does(pulls: Pulls) -> None:
    await pulls.hook("opened")
    await pulls.filed()
    await pulls.hook("closed")
    await pulls.filed()
    assert (await pulls.hook("synchronize", B))["outcome"] == "nothing"
    assert (await pulls.hook("closed"))["outcome"] == "nothing"
    assert await pulls.filed() == []
    await pulls.hook("reopened", B)
    assert await pulls.filed() == MADE


async def test_one_that_is_closed_while_it_is_made_is_removed(pulls: Pulls) -> None:
    await pulls.hook("opened")
    await pulls.loop.turn()
    await pulls.hook("closed")
    assert await pulls.filed() == REMOVED[1:]


async def test_a_strangers_branch_is_not_run(pulls: Pulls) -> None:
    told = await pulls.hook("opened", of="mallory")
    assert (told["outcome"], told["reason"]) == ("nothing", "the pull request is from another repository")
    assert await pulls.filed() == []


async def test_an_application_that_does_not_say_so_shows_none(tmp_path: Path) -> None:
    async with opened(tmp_path, application()) as place:
        pulls = Pulls(place)
        assert (await pulls.hook("opened"))["reason"] == "no application shows this pull request"
        assert await pulls.filed() == []


async def test_what_is_never_closed_ends_with_its_lifetime(pulls: Pulls) -> None:
    await pulls.hook("opened")
    await pulls.filed()
    pulls.now += timedelta(days=15)
    assert await pulls.filed() == REMOVED


async def test_a_removal_that_fails_is_tried_again_in_an_hour(pulls: Pulls) -> None:
    await pulls.hook("opened")
    await pulls.filed()
    await pulls.hook("closed")
    await pulls.loop.turn()
    (*_, removal) = await pulls.requests()
    await pulls.place.platform.failed(removal.id)
    assert await pulls.filed() == []
    pulls.now += timedelta(hours=2)
    assert await pulls.filed() == REMOVED


async def test_a_full_quota_is_said_and_others_go_on(pulls: Pulls) -> None:
    for number in range(1, 12):
        await pulls.hook("opened", number=number)
    filed = await pulls.filed()
    assert len([each for each in filed if each[0] == "environments"]) == 9  # ten, and `checkout` is one
