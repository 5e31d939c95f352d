"""Git servers are told over real HTTP, again and again, and nobody waits for them."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from idp.delivery.counters import Counters
from idp.delivery.pace import Pace
from idp.delivery.reporter import GIVEN_UP, REFUSED, GitServer, Reporter, status
from idp.forges.statuses import Status, call
from idp.ledger.protocol import Ledger
from idp.ledger.records import Change, RequestPhase, RequestRecord
from tests.delivery.eventually import eventually, running
from tests.ledger.samples import Clock, acceptance, request_record

pytestmark = pytest.mark.anyio

COMMIT = "0d1a26e67d8f5eaf1f6ba5c57fc3c7d91ac0fd1c"
TOKEN = "a-token-nobody-may-read"  # noqa: S105 - of this test


@dataclass
class Forge:
    """Takes statuses; answers as it is told, the last answer for ever."""

    url: str = ""
    answers: list[tuple[int, str]] = field(default_factory=lambda: [(201, "{}")])
    told: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    hangs: asyncio.Event | None = None
    """Which the first call waits for."""

    async def take(self, request: web.Request) -> web.Response:
        said = request.headers.get("Authorization", "")
        self.told.append((request.raw_path, said, await request.json()))
        if self.hangs and len(self.told) == 1:
            await self.hangs.wait()
        answer, text = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return web.Response(status=answer, text=text)


@asynccontextmanager
async def served() -> AsyncIterator[Forge]:
    forge = Forge()
    app = web.Application()
    app.router.add_post("/{any:.*}", forge.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
    forge.url = f"http://127.0.0.1:{port}/api/v1"
    try:
        yield forge
    finally:
        await runner.cleanup()


@pytest.fixture
async def forge() -> AsyncIterator[Forge]:
    async with served() as found:
        yield found


def deployment(number: int = 1, **more: Any) -> RequestRecord:
    application = {"repository": "https://git.packetdance.com/Payments/shop.git"}
    spec = {"team": "payments", "name": "shop", "environment": "checkout", "commit": COMMIT, "application": application}
    return replace(request_record(number, spec=spec), source="branch:main", **more)


def reporter(ledger: Ledger, forge: Forge, folder: Path, clock: Clock, counters: Counters) -> Reporter:
    token = folder / "token"
    token.write_text(f"{TOKEN}\n")
    servers = {"git.packetdance.com": GitServer(forge="gitea", api=forge.url, token_file=token)}
    pace = Pace(poll=0.01, longest_retry=0.05)
    return Reporter(ledger, servers, link="https://idp.packetdance.com/", now=clock, counters=counters, pace=pace)


async def moves(ledger: Ledger, request: RequestRecord, phase: RequestPhase, **more: Any) -> None:
    assert await ledger.change(Change(request=request.id, history=(("step", {}),), phase=phase, **more))


async def test_the_commits_page_says_what_became_of_it(
    ledger: Ledger, forge: Forge, tmp_path: Path, clock: Clock, counters: Counters
) -> None:
    request = deployment()
    await ledger.accept(acceptance(request))
    telling = reporter(ledger, forge, tmp_path, clock, counters)
    await telling.turn()
    clock.forward(1)
    await moves(ledger, request, "succeeded", outputs={"url": "http://shop.test"})
    await telling.turn()
    await telling.turn()

    assert [(path, said) for path, said, _ in forge.told] == [
        (f"/api/v1/repos/Payments/shop/statuses/{COMMIT}", f"token {TOKEN}")
    ] * 2
    first, second = (body for _, _, body in forge.told)
    assert first == {
        "state": "pending",
        "context": "idp/payments/shop/checkout",
        "description": "Accepted.",
        "target_url": f"https://idp.packetdance.com/v1/requests/{request.id}",
    }
    assert (second["state"], second["description"]) == ("success", "Deployed: http://shop.test")
    assert (counters.reported, await ledger.unreported()) == (2, 0)


async def test_a_server_that_is_away_is_told_later_and_its_token_is_in_no_log(  # noqa: PLR0917 - fixtures
    ledger: Ledger, forge: Forge, tmp_path: Path, clock: Clock, counters: Counters, capfd: pytest.CaptureFixture[str]
) -> None:
    forge.answers = [(500, TOKEN), (502, ""), (201, "")]
    await ledger.accept(acceptance(deployment()))
    telling = reporter(ledger, forge, tmp_path, clock, counters)
    async with running(telling.run()):

        async def told() -> bool:
            return await ledger.unreported() == 0

        await eventually(told, clock=clock)
    assert (len(forge.told), counters.unreported, counters.reported) == (3, 2, 1)
    out, err = capfd.readouterr()
    assert "status_not_told" in out + err
    assert TOKEN not in out + err


@pytest.mark.parametrize(("answer", "attempts"), [(401, REFUSED), (404, REFUSED), (503, GIVEN_UP)])
async def test_what_is_never_taken_is_given_up(  # noqa: PLR0917 - fixtures
    ledger: Ledger, forge: Forge, tmp_path: Path, clock: Clock, counters: Counters, answer: int, attempts: int
) -> None:
    forge.answers = [(answer, "no")]
    await ledger.accept(acceptance(deployment()))
    telling = reporter(ledger, forge, tmp_path, clock, counters)
    for _ in range(attempts + 1):
        await telling.turn()
        clock.forward(601)
    assert (len(forge.told), await ledger.unreported()) == (attempts, 0)


async def test_gitlabs_word_for_the_same_state_is_no_failure(
    ledger: Ledger, forge: Forge, tmp_path: Path, clock: Clock, counters: Counters
) -> None:
    forge.answers = [(400, json.dumps({"message": "Cannot transition status via :enqueue from :pending"}))]
    await ledger.accept(acceptance(deployment()))
    await reporter(ledger, forge, tmp_path, clock, counters).turn()
    assert (counters.reported, await ledger.unreported()) == (1, 0)


async def test_no_token_and_another_server_tell_nobody_anything(
    ledger: Ledger, forge: Forge, tmp_path: Path, clock: Clock, counters: Counters
) -> None:
    elsewhere = {"repository": "https://elsewhere.test/payments/shop.git"}
    other = deployment(2, key=replace(request_record(2).key, name="other"))
    await ledger.accept(acceptance(replace(other, spec={**other.spec, "application": elsewhere})))
    telling = reporter(ledger, forge, tmp_path, clock, counters)
    await telling.turn()
    assert (forge.told, await ledger.unreported()) == ([], 0)
    (tmp_path / "token").unlink()
    await ledger.accept(acceptance(deployment()))
    await telling.turn()
    assert (forge.told, await ledger.unreported(), counters.unreported) == ([], 1, 1)


async def test_a_call_that_hangs_holds_up_no_other_and_no_request(
    ledger: Ledger, forge: Forge, tmp_path: Path, clock: Clock, counters: Counters
) -> None:
    forge.hangs = asyncio.Event()
    for number in range(1, 6):
        key = replace(request_record(0).key, name=f"n{number}")
        await ledger.accept(acceptance(replace(deployment(number), key=key)))
    async with running(reporter(ledger, forge, tmp_path, clock, counters).run()):

        async def all_but_one_are_told() -> bool:
            return await ledger.unreported() == 1

        await eventually(all_but_one_are_told)
        await ledger.accept(acceptance(request_record(6)))
        assert len(await ledger.history(request_record(6).id)) == 1
        assert (len(forge.told), counters.reported) == (5, 4)
        forge.hangs.set()

        async def all_are_told() -> bool:
            return await ledger.unreported() == 0

        await eventually(all_are_told)


# Written by hand from the forges' pages: how each is told of a success, and of what was superseded.
CALLS = {
    "github": (
        f"/repos/Payments/shop/statuses/{COMMIT}",
        ("Authorization", f"Bearer {TOKEN}"),
        {"pending": "pending", "success": "success", "failure": "failure", "gone": "error"},
        "context",
    ),
    "gitea": (
        f"/repos/Payments/shop/statuses/{COMMIT}",
        ("Authorization", f"token {TOKEN}"),
        {"pending": "pending", "success": "success", "failure": "failure", "gone": "warning"},
        "context",
    ),
    "gitlab": (
        f"/projects/Payments%2Fshop/statuses/{COMMIT}",
        ("PRIVATE-TOKEN", TOKEN),
        {"pending": "pending", "success": "success", "failure": "failed", "gone": "canceled"},
        "name",
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_each_forge_is_told_in_its_own_words(name: str) -> None:
    path, authorization, states, context = CALLS[name]
    for state, word in states.items():
        told = Status(
            repository="https://git.packetdance.com/Payments/shop.git",
            commit=COMMIT,
            state=state,  # type: ignore[arg-type]  # of the table
            context="idp/payments/shop/checkout",
            description="x" * 200,
            link=None,
        )
        made = call(name, told, TOKEN)
        assert (made.path, made.authorization) == (path, authorization)
        assert made.body == {"state": word, context: "idp/payments/shop/checkout", "description": "x" * 140}


def test_what_is_of_no_commit_has_no_status() -> None:
    assert status(replace(request_record(1), source="branch:main"), None) is None
    waiting = status(deployment(waits_in="q"), None)
    assert waiting
    assert (waiting.description, waiting.link) == ("Waits for the one before.", None)
