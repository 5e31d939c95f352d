"""From `git push` to answers: real git over HTTP, signed hooks, statuses back; hooks that get lost, and an API that is killed."""

import json
import random
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.applications.forge import TOKEN, Forge, forge, hook, pull, secret, send
from tests.applications.gits import DOCKERFILE, GitServer, Repository
from tests.applications.ground import PLAIN, Json, Platform, application, start, stop


@pytest.fixture
def far() -> Iterator[Forge]:
    """The forge whose git server it is; `settings` tell a platform of it."""
    with forge() as found:
        yield found


def settings(git: GitServer, far: Forge, folder: Path) -> dict[str, str]:
    token = folder / "token"
    token.write_text(TOKEN)
    server = {"forge": "gitea", "api": far.url, "token_file": str(token)}
    return {
        "IDP_GIT_SERVERS": json.dumps({urlsplit(git.url).netloc: server}),
        "IDP_PUBLIC_URL": "https://idp.packetdance.com",
        "IDP_BRANCHES_SECONDS": "2",
        "IDP_PARALLELISM": "4",
    }


def following(git: GitServer, platform: Platform, name: str, environments: dict[str, str]) -> Repository:
    placements = [{"environment": environment, "branch": "main"} for environment in environments]
    repository: Repository = application(git, platform, name, environments, placements=placements)
    return repository


def deployments(platform: Platform) -> list[Json]:
    """The newest first."""
    with platform.client("ada") as client:
        found: list[Json] = []
        page: str | None = "/v1/deployments?limit=100"
        while page:
            answer = client.get(page)
            found += answer.json()["items"]
            page = answer.links.get("next", {}).get("url")
        return found


def settled(platform: Platform, seconds: float) -> None:
    """Nothing is open any more."""
    until = time.monotonic() + seconds
    while any(each["finished_at"] is None for each in deployments(platform)):
        assert time.monotonic() < until, "deployments are still open"
        time.sleep(0.5)


def test_a_push_serves_and_its_commit_says_so(git: GitServer, far: Forge, tmp_path: Path) -> None:
    platform = start(tmp_path / "platform", settings(git, far, tmp_path))
    try:
        repository = following(git, platform, "pushed", {"checkout": "dev"})
        key = secret(platform, "pushed")
        commit = repository.push({"index.html": "hello"})
        far.away = True

        filed = send(platform, hook(repository, commit), key).json()["filed"]
        ended = platform.ended({"id": filed[0]["request"]})

        assert ended["phase"] == "succeeded", ended["message"]
        assert ended["requester"] == f"(application:{platform.team}/pushed)"
        assert PLAIN.get(ended["outputs"]["url"]).headers["x-version"] == commit
        assert far.states(commit) == []
        far.away = False
        told = _told(far, commit, "success")
        assert told["context"] == f"idp/{platform.team}/pushed/checkout"
        assert told["target_url"] == f"https://idp.packetdance.com/v1/requests/{ended['id']}"
        assert ended["outputs"]["url"] in told["description"]
        assert TOKEN not in (tmp_path / "platform" / "server.log").read_text()

        bad = repository.push({"sandbox.json": '{"status": 500}'})
        failed = platform.ended(
            {"id": send(platform, hook(repository, bad, commit), key).json()["filed"][0]["request"]}
        )
        assert failed["phase"] == "failed"
        assert PLAIN.get(ended["outputs"]["url"]).headers["x-version"] == commit
        _told(far, bad, "failure")
    finally:
        stop(platform)


def test_a_pull_request_is_opened_pushed_to_and_closed_and_nothing_is_left(
    git: GitServer, far: Forge, tmp_path: Path
) -> None:
    folder = tmp_path / "platform"
    platform = start(folder, settings(git, far, tmp_path))
    try:
        repository = application(git, platform, "shown", {"checkout": "dev"}, previews=True)
        key = secret(platform, "shown")
        first = repository.push({"index.html": "one"}, branch="feature")

        assert send(platform, pull(repository, first, "opened"), key, event="pull_request").json()["outcome"] == "noted"
        told = _told(far, first, "success")
        address = told["description"].partition(": ")[2]
        assert PLAIN.get(address).headers["x-version"] == first
        second = repository.push({"index.html": "two"}, branch="feature")
        send(platform, pull(repository, second, "synchronized"), key, event="pull_request")
        _told(far, second, "success")
        assert PLAIN.get(address).headers["x-version"] == second

        send(platform, pull(repository, second, "closed"), key, event="pull_request")
        until = time.monotonic() + 60
        while _left(platform):
            assert time.monotonic() < until, _left(platform)
            time.sleep(0.2)
        state = folder / "cloud" / "state"
        found = [each for each in (folder / "cloud").rglob("*pr-1-shown*") if not each.is_relative_to(state)]
        assert found == []
        (kept,) = [each for each in state.rglob("*pr-1-shown*/*") if each.suffix == ".tfstate"]
        assert json.loads(kept.read_text())["resources"] == []
        with pytest.raises(httpx2.TransportError):
            PLAIN.get(address)
    finally:
        stop(platform)


def _told(far: Forge, commit: str, state: str) -> Json:
    """What the commit's page says once it says that."""
    until = time.monotonic() + 90
    while far.states(commit)[-1:] != [state]:
        assert time.monotonic() < until, far.statuses
        time.sleep(0.1)
    return next(body for each, body in reversed(far.statuses) if each == commit)


def _left(platform: Platform) -> list[str]:
    """What is there of the pull request."""
    found = [
        f"{capability}/{each['name']}"
        for capability in ("environments", "applications")
        for each in platform.shown(capability)["items"]
    ]
    return [each for each in found if "pr-1-" in each]


def test_a_hundred_pushes_end_on_their_heads_whatever_is_lost_on_the_way(
    git: GitServer, far: Forge, tmp_path: Path
) -> None:
    """10 repositories, a tenth of the hooks dropped, the API killed in the middle."""
    chance = random.Random(7)  # noqa: S311 - the same each time
    folder, told = tmp_path / "platform", settings(git, far, tmp_path)
    platform = start(folder, told)
    try:
        names = [f"many{number}" for number in range(10)]
        platform.done("environments", {"name": "checkout"})
        repositories = {name: git.repository(name) for name in names}
        made = [platform.file("applications", _following(name, repositories[name])) for name in names]
        assert {platform.ended(each)["phase"] for each in made} == {"succeeded"}
        keys = {name: secret(platform, name) for name in names}
        heads: dict[str, str] = {}
        dropped = 0
        for number in range(100):
            name = names[number % 10]
            before, files = heads.get(name, "0" * 40), {"index.html": str(number), "Dockerfile": DOCKERFILE}
            heads[name] = repositories[name].push(files)
            if number == 50:
                under_way = {each["id"] for each in deployments(platform) if not each["finished_at"]}
                platform.kill()
                platform = start(folder, told, port=urlsplit(platform.url).port or 0)
            if chance.random() < 0.1 or number in {97, 99}:
                dropped += 1
                continue
            answer = send(platform, hook(repositories[name], heads[name], before), keys[name])
            assert answer.status_code == 200, answer.text

        until = time.monotonic() + 400
        while True:
            settled(platform, 400)
            serving = {
                name: PLAIN.get(_url(platform, name)).headers["x-version"] for name in names if _url(platform, name)
            }
            if serving == heads:
                break
            assert time.monotonic() < until, (serving, heads)
            time.sleep(1)
        found = deployments(platform)
    finally:
        stop(platform)

    assert dropped >= 5
    others = {each["id"]: each["message"] for each in found if each["phase"] not in {"succeeded", "cancelled"}}
    assert others.keys() <= under_way, f"only what ran as the server was killed may have failed: {others}"
    ids = {each["id"] for each in found}
    for each in found:
        if each["phase"] == "cancelled":
            assert each["message"].startswith("Superseded by request ")
            assert each["message"].split()[3].rstrip(",") in ids
    assert {each["spec"]["version"] for each in found if each["phase"] == "succeeded"} >= set(heads.values())


def _following(name: str, repository: Repository) -> Json:
    placement = {"environment": "checkout", "branch": "main"}
    return {"name": name, "repository": repository.url, "placements": [placement]}


def _url(platform: Platform, name: str) -> str:
    """Where the newest that succeeded serves."""
    for each in deployments(platform):
        if each["name"] == name and each["phase"] == "succeeded" and each["outputs"]:
            return str(each["outputs"]["url"])
    return ""
