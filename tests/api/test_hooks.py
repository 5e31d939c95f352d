"""Hooks over the whole API: who is believed, what follows, and that a repository deploys its own application alone."""

import asyncio
import hmac
import json
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from idp.api.hooks import ForgeName
from idp.forges import FORGES
from tests.api.platform import environment, now, problem
from tests.api.pushing import URL, A, B, C, Place, Z, application, opened

pytestmark = pytest.mark.anyio


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with opened(tmp_path, application(), application("books")) as found:
        yield found


def test_the_api_knows_every_forge() -> None:
    assert [each.value for each in ForgeName] == list(FORGES)


async def test_a_push_is_an_ordinary_request_of_the_application_itself(place: Place) -> None:
    answer = await place.push(people=("ada", "Bob@Acme.test"))

    assert answer.status_code == 200
    (filed,) = answer.json()["filed"]
    (request,) = await place.deployments()
    assert (filed["request"], filed["environment"], answer.json()["outcome"]) == (request.id, "checkout", "filed")
    assert (request.requester, request.rule, request.approval) == (
        "(application:payments/shop)",
        "pushes-may-deploy",
        "none",
    )
    assert (request.spec["version"], request.source, request.carriers) == (A, "branch:main", ("ada", "bob@acme.test"))
    (row,) = [
        row
        for row in await place.platform.ledger.due(request.created_at + timedelta(days=1), lease_seconds=0, limit=10)
        if row.request == request.id
    ]
    assert (row.action, row.lane) == ("publish", "publish/deployments")
    history = await place.platform.ledger.history(request.id)
    assert history[0].data["carriers"] == ["ada", "bob@acme.test"]


async def test_what_is_not_signed_by_its_repository_gets_one_answer(place: Place) -> None:
    """Wrong secret, none, another repository's, no such repository, no JSON: word for word the same but for the call's id."""
    answers = [
        await place.push(secret="whsec_d3Jvbmc="),  # noqa: S106 - nobody's
        await place.send(b'{"ref": "refs/heads/main"}', place.secrets["shop"], "1"),
        await place.send(b"no json", place.secrets["shop"], "2"),
        await place.send(b"", None, "3"),
        await place.push(name="nowhere", secret=place.secrets["shop"]),
        await place.push(secret=place.secrets["books"]),
        await place.push(secret=""),
    ]
    told = [{**problem(each), "instance": ""} for each in answers]
    assert {each.status_code for each in answers} == {401}
    assert all(each == told[0] for each in told)
    assert told[0]["type"] == "urn:idp:problem:hook-refused"
    assert await place.deployments() == []


async def test_a_repository_deploys_its_own_application_and_no_other(tmp_path: Path) -> None:
    """A team that names another team's repository has a secret of its own for it, and moves its own application only."""
    async with opened(tmp_path, application()) as place:
        await place.has("environments", environment("checkout"), team="shop")
        await place.has("applications", application("thief", repository=f"{URL}/shop.git"), team="shop")
        async with place.platform.client("eve", teams=("shop",)) as eve:
            secret = (await eve.post("/v1/hooks/applications/shop/thief/secret")).json()["secret"]
            assert (await eve.post("/v1/hooks/applications/payments/shop/rotate")).status_code == 404

        (filed,) = (await place.push(secret=secret)).json()["filed"]

        assert filed["application"] == "thief"
        (request,) = await place.deployments()
        assert (request.key.team, request.requester) == ("shop", "(application:shop/thief)")


async def test_nobody_signs_in_as_an_application() -> None:
    from idp.access.caller import application as principal  # noqa: PLC0415 - its name is taken here
    from idp.access.caller import signable  # noqa: PLC0415

    assert not signable(principal("payments", "shop").name)


async def test_a_delivery_is_taken_once_by_its_id_and_by_its_body(place: Place) -> None:
    text = json.dumps({"ref": "refs/heads/main", "after": A, "repository": {"clone_url": f"{URL}/shop.git"}}).encode()
    place.server.branches[f"{URL}/shop.git", "main"] = A
    secret = place.secrets["shop"]

    outcomes = [
        (await place.send(body, secret, delivery)).json()["outcome"]
        for body, delivery in ((text, "one"), (text, "one"), (text, "two"), (text + b" ", "one"))
    ]

    assert outcomes == ["filed", "repeated", "repeated", "repeated"]
    assert len(await place.deployments()) == 1


async def test_a_hundred_of_one_delivery_at_once_file_one_request(place: Place) -> None:
    text = json.dumps({"ref": "refs/heads/main", "after": A, "repository": {"clone_url": f"{URL}/shop.git"}}).encode()
    place.server.branches[f"{URL}/shop.git", "main"] = A
    answers = await asyncio.gather(*(place.send(text, place.secrets["shop"], "one") for _ in range(100)))
    assert {each.status_code for each in answers} == {200}
    assert len(await place.deployments()) == 1


async def test_reordered_hooks_end_on_the_head(place: Place) -> None:
    """B was pushed after A, and its hook comes first: A's finds B deployed already."""
    await place.push(B)
    late = await place.push(A, head=B)

    assert late.json()["outcome"] == "nothing"
    assert "is deployed by request" in late.json()["filed"][0]["reason"]
    assert [each.spec["version"] for each in await place.deployments()] == [B]


async def test_while_the_git_server_is_away_its_own_word_is_taken(place: Place) -> None:
    place.server.away = True
    assert (await place.push(A)).json()["outcome"] == "filed"


async def test_a_branch_that_is_gone_again_is_not_deployed(place: Place) -> None:
    text = json.dumps({"ref": "refs/heads/main", "after": A, "repository": {"clone_url": f"{URL}/shop.git"}}).encode()
    told = (await place.send(text, place.secrets["shop"], "1")).json()
    assert told["filed"][0]["reason"] == f"There is no branch main in {URL}/shop.git (any more)."
    assert await place.deployments() == []


async def test_back_and_forth_is_deployed_each_time(place: Place) -> None:
    for commit in (A, B, A, B):
        await place.push(commit)
    assert [each.spec["version"] for each in await place.deployments()] == [A, B, A, B]


async def test_many_pushes_collapse_to_the_newest_and_each_skipped_one_says_so(place: Place) -> None:
    for commit in (A, B, C):
        await place.push(commit)

    first, second, third = await place.deployments()
    assert [(each.phase, each.waits_in is not None) for each in (first, second, third)] == [
        ("accepted", False),
        ("cancelled", False),
        ("accepted", True),
    ]
    assert second.message == f"Superseded by request {third.id}, which is newer. It was waiting: nothing was changed."
    await place.platform.finished(first.id)
    assert (await place.deployments())[2].waits_in is None


@pytest.mark.parametrize(
    ("pushes", "outcomes", "deployed"),
    [
        # Commit, the head before it, a file it touches.
        ([(A, Z, "README.md")], ["filed"], [A]),
        ([(A, Z, "lib/x"), (B, A, "README.md")], ["filed", "nothing"], [A]),
        ([(A, Z, "lib/x"), (B, A, "README.md"), (C, B, "CHANGELOG.md")], ["filed", "nothing", "nothing"], [A]),
        ([(A, Z, "lib"), (B, A, "README.md"), (C, B, "services/shop/a/b.py")], ["filed", "nothing", "filed"], [A, C]),
        # B's hook was lost: what it touched is not known, so C is deployed whatever C touches.
        ([(A, Z, "lib/x"), (C, B, "README.md")], ["filed", "filed"], [A, C]),
    ],
    ids=["the first one", "untouched", "twice", "touched", "a hook was lost"],
)
async def test_only_what_the_paths_name_is_deployed(
    tmp_path: Path, pushes: list[tuple[str, str, str]], outcomes: list[str], deployed: list[str]
) -> None:
    placements = [{"environment": "checkout", "branch": "main", "paths": ["services/shop/**", "lib"]}]
    async with opened(tmp_path, application(placements=placements)) as place:
        answers = [await place.push(commit, before=before, files=(file,)) for commit, before, file in pushes]
        assert [each.json()["outcome"] for each in answers] == outcomes
        assert [each.spec["version"] for each in await place.deployments()] == deployed


@pytest.mark.parametrize("away", [False, True], ids=["said", "not known"])
async def test_a_push_that_takes_commits_back_is_deployed_whatever_it_touches(tmp_path: Path, *, away: bool) -> None:
    placements = [{"environment": "checkout", "branch": "main", "paths": ["lib"]}]
    async with opened(tmp_path, application(placements=placements)) as place:
        await place.push(A, before=Z, files=("lib/x",))
        place.server.rewritten, place.server.away = {B}, away
        forced = await place.push(B, before=A, files=("README.md",))
        assert forced.json()["outcome"] == "filed"
        assert [each.spec["version"] for each in await place.deployments()] == [A, B]


async def test_production_waits_for_somebody_whose_change_it_is_not(tmp_path: Path) -> None:
    placements = [{"environment": "prod", "branch": "release"}]
    async with opened(tmp_path, application(stage="prod", placements=placements), stages=("prod",)) as place:
        place.server.authors[A] = "bob"
        await place.push(branch="release", people=("ada", "bob"))
        assert place.server.read == [(A, None)]
        (request,) = await place.deployments()
        assert (request.approval, request.rule) == ("required", "pushed-production-needs-another-person")
        await place.platform.awaits(request.id)
        decision = {"verdict": "approve", "digest": "d" * 64}
        for who, status in (("ada", 403), ("bob", 403), ("cid", 200)):
            async with place.platform.client(who, roles=("approver",)) as client:
                shown = (await client.get(f"/v1/requests/{request.id}/approval")).json()
                assert shown["not_by"] == ["(application:payments/shop)", "ada", "bob"]
                inbox = (await client.get("/v1/requests?awaiting=me")).json()["items"]
                assert bool(inbox) == (status == 200)
                assert (await client.post(f"/v1/requests/{request.id}/approval", json=decision)).status_code == status


PROD = application(stage="prod", placements=[{"environment": "prod", "branch": "main"}])


async def test_a_hook_that_names_twenty_of_its_commits_leaves_no_author_out(tmp_path: Path) -> None:
    """GitLab names the newest twenty: the others' authors are read from the git server."""
    async with opened(tmp_path, PROD, stages=("prod",)) as place:
        place.server.branches[f"{URL}/shop.git", "main"] = A
        place.server.authors[A] = "Bob"
        said = {
            "ref": "refs/heads/main",
            "after": A,
            "project": {"git_http_url": f"{URL}/shop.git"},
            "user_username": "ada",
            "commits": [{"author": {"email": "cid@acme.test"}}] * 20,
            "total_commits_count": 21,
        }
        headers = {"X-Gitlab-Event": "Push Hook", "X-Gitlab-Event-UUID": "1", "X-Gitlab-Token": place.secrets["shop"]}
        answer = await place.client.post("/v1/hooks/gitlab", content=json.dumps(said).encode(), headers=headers)
        assert answer.json()["outcome"] == "filed"
        (request,) = await place.deployments()
        assert request.carriers == ("ada", "bob", "cid@acme.test")


async def test_while_authors_cannot_be_read_no_member_of_the_team_approves(tmp_path: Path) -> None:
    async with opened(tmp_path, PROD, stages=("prod",)) as place:
        place.server.away = True
        await place.push(A, people=("ada",))
        (request,) = await place.deployments()
        await place.platform.awaits(request.id)
        decision = {"verdict": "approve", "digest": "d" * 64}
        for teams, status in ((("payments", "shop"), 403), (("shop",), 200)):
            async with place.platform.client("cid", teams=teams, roles=("approver",)) as client:
                shown = (await client.get(f"/v1/requests/{request.id}/approval")).json()
                assert shown["not_by"] == ["(application:payments/shop)", "(team:payments)", "ada"]
                assert (await client.post(f"/v1/requests/{request.id}/approval", json=decision)).status_code == status


async def test_a_hook_that_does_not_say_who_pushed_leaves_it_to_another_team(tmp_path: Path) -> None:
    async with opened(tmp_path, PROD, stages=("prod",)) as place:
        place.server.authors[A] = "bob"
        await place.push(A, people=("", "cid"))
        assert [each.carriers for each in await place.deployments()] == [("(team:payments)", "bob", "cid")]


async def test_for_production_a_hook_speaks_for_its_own_commit_only(tmp_path: Path) -> None:
    """Where another one is the head already, who pushed that is not who this hook names."""
    async with opened(tmp_path, PROD, stages=("prod",)) as place:
        place.server.authors |= {A: "bob", B: "bob"}
        early = await place.push(A, head=B, people=("ada",))
        assert early.json()["filed"][0]["reason"] == f"the head is {B} by now; who pushed that is said by its own hook"
        assert await place.deployments() == []
        await place.push(B, people=("dan",))
        assert [each.carriers for each in await place.deployments()] == [("bob", "dan")]


async def test_for_production_who_pushed_what_was_overtaken_or_lost_is_not_known(tmp_path: Path) -> None:
    async with opened(tmp_path, PROD, stages=("prod",)) as place:
        place.server.authors |= {A: "bob", B: "bob", C: "bob"}
        await place.push(A, before=Z, people=("eve",))
        await place.push(B, head=C, before=A, people=("ada",))
        await place.push(C, before=B, people=("dan",))
        _, last = await place.deployments()
        assert {"(team:payments)", "bob", "dan"} <= set(last.carriers), "ada's push is in it, and nobody said so"
        await place.platform.finished((await place.deployments())[0].id)


@pytest.mark.parametrize(
    "branch", ["--upload-pack=touch x", "../../etc", "$(id)", "m\u0430in", "a b", "-", "x.lock/../y"]
)
async def test_a_forged_branch_is_harmless(place: Place, branch: str) -> None:
    answer = await place.push(branch=branch)
    assert (answer.status_code, answer.json()["outcome"]) == (200, "nothing")
    assert await place.deployments() == []


async def test_a_signed_body_that_is_no_push_says_so(place: Place) -> None:
    text = json.dumps({"repository": {"clone_url": f"{URL}/shop.git"}, "ref": 7}).encode()
    answer = await place.send(text, place.secrets["shop"], "1")
    assert answer.status_code == 422
    assert "This is no 'push' as github sends it" in problem(answer)["detail"]


async def test_ten_megabytes_are_not_read(place: Place) -> None:
    answer = await place.send(b"x" * 10_000_000, place.secrets["shop"], "1")
    assert answer.status_code == 413
    assert "longer than 1048576 bytes" in problem(answer)["detail"]
    assert (await place.client.post("/v1/environments", content=b"x" * 70_000)).status_code == 413


async def test_gitlab_signs_its_time_and_an_old_one_is_refused(place: Place) -> None:
    key = b64decode(place.secrets["shop"].removeprefix("whsec_"))
    text = json.dumps(
        {"ref": "refs/heads/main", "after": A, "project": {"git_http_url": f"{URL}/shop.git"}, "user_username": "ada"}
    ).encode()
    place.server.branches[f"{URL}/shop.git", "main"] = A

    async def sent(at: int, delivery: str) -> int:
        signed = hmac.digest(key, f"{delivery}.{at}.".encode() + text, "sha256")
        headers = {
            "X-Gitlab-Event": "Push Hook",
            "webhook-id": delivery,
            "webhook-timestamp": str(at),
            "webhook-signature": "v1," + b64encode(signed).decode(),
        }
        return (await place.client.post("/v1/hooks/gitlab", content=text, headers=headers)).status_code

    assert [await sent(now() - 301, "a"), await sent(now() + 360, "b"), await sent(0, "c")] == [401, 401, 401]
    assert await sent(now() - 200, "d") == 200
    assert len(await place.deployments()) == 1


async def test_a_secret_is_shown_once_and_its_successor_overlaps(place: Place) -> None:
    async with place.platform.client() as ada:
        again = await ada.post("/v1/hooks/applications/payments/shop/secret")
        rotated = await ada.post("/v1/hooks/applications/payments/shop/rotate")
        shown = await ada.get("/v1/hooks/applications/payments/shop")
    assert again.status_code == 409
    assert "`idp hook rotate payments/shop` makes another" in problem(again)["detail"]
    new = rotated.json()["secret"]
    assert new != place.secrets["shop"]
    assert (rotated.json()["generation"], shown.json()["generation"], shown.json()["shown_by"]) == (2, 2, "ada")
    assert new not in shown.text

    assert (await place.push(A)).status_code == 200
    assert (await place.push(B, secret=new)).status_code == 200
    async with place.platform.client() as ada:
        newest = (await ada.post("/v1/hooks/applications/payments/shop/rotate")).json()["secret"]
    assert (await place.push(C)).status_code == 401
    assert (await place.push(C, secret=newest)).status_code == 200


async def test_a_secret_is_for_members_and_never_stored(place: Place) -> None:
    async with place.platform.client("eve", teams=("shop",)) as eve:
        assert (await eve.get("/v1/hooks/applications/payments/shop")).status_code == 404
    async with place.platform.client("oda", teams=(), roles=("operator",)) as oda:
        assert (await oda.post("/v1/hooks/applications/payments/shop/rotate")).status_code == 403
    await place.push()
    files = [file.read_bytes() for file in place.platform.folder.iterdir() if file.name.startswith("ledger.db")]
    assert files
    for secret in place.secrets.values():
        assert not any(secret.encode() in text for text in files)


async def test_hooks_are_counted(place: Place) -> None:
    await place.push()
    await place.push(secret="wrong")  # noqa: S106 - nobody's
    text = (await place.client.get("/metrics")).text
    assert 'idp_hooks_total{forge="github",outcome="filed"} 1.0' in text
    assert 'idp_hooks_total{forge="github",outcome="refused"} 1.0' in text
