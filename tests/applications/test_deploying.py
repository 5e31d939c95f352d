"""From a repository to answers: deploy, refuse to break, promote, approve, roll back, remove."""

import time
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest

from tests.applications.gits import GitServer
from tests.applications.ground import PLAIN, Platform, application, asking, gone, platform, serving, start, stop

BAD = {
    "answers 500": ({"sandbox.json": '{"status": 500}'}, "answered 500 to request 1 of its analysis"),
    "is never ready": ({"sandbox.json": '{"ready": false}'}, "was not ready within 10 s (/healthz answered 503)"),
    "ends at once": ({"sandbox.json": '{"exit": 3}'}, "ended by itself right after its start"),
    "does not build": ({"Dockerfile": "FROM scratch\nRUN false\n"}, "Dockerfile, line 2: RUN false failed"),
    "copies what is not there": ({"Dockerfile": "FROM scratch\nCOPY src /\n"}, "COPY of 'src' failed"),
    "has no Dockerfile": ({"Dockerfile": None}, "There is no Dockerfile in this commit"),
}
"""A commit's changes, and what the request says then."""


def test_what_answers_is_the_commit_of_the_branch(git: GitServer, platform: Platform) -> None:
    repository = application(git, platform, "shop", {"checkout": "dev"})
    first = repository.push({"index.html": "hello"})

    request = platform.deployed("shop", "checkout", "main")

    outputs = request["outputs"]
    assert (outputs["commit"], outputs["revision"]) == (first, 1)
    assert set(outputs["seconds"]) == {"build", "start", "analysis", "switch"}
    answer = PLAIN.get(outputs["url"])
    assert answer.headers["x-version"] == first
    assert answer.json()["digest"] == outputs["digest"]
    assert PLAIN.get(f"{outputs['url']}/index.html").text == "hello"
    assert "COPY . /app" in platform.log(request)
    asked = len(git.asked)
    assert platform.deployed("shop", "checkout", first)["outputs"] is None, "nothing to do"
    assert len(git.asked) == asked, "a commit is not asked for"


def test_a_bad_version_is_given_up_and_nobody_notices(git: GitServer, platform: Platform) -> None:
    repository = application(git, platform, "till", {"counter": "dev"}, ready_seconds=10)
    good = platform.deployed("till", "counter", "main")["outputs"]
    with asking(good["url"]) as users:
        for title, (files, said) in BAD.items():
            repository.push(files)

            failed = platform.deployed("till", "counter", "main", phase="failed")

            assert said in failed["message"], title
            assert failed["outputs"] is None, title
            repository.push({"sandbox.json": "{}", "Dockerfile": "FROM scratch\n"})
    assert users.failures == []
    assert users.answers > 100
    assert users.versions == [good["commit"]]
    assert platform.shown(f"applications/{platform.team}/till")["status"] == "ready"


def test_a_new_version_takes_over_without_a_lost_request(git: GitServer, platform: Platform) -> None:
    repository = application(git, platform, "desk", {"office": "dev"})
    first = platform.deployed("desk", "office", "main")["outputs"]
    slow = repository.push({"sandbox.json": '{"seconds": 0.3}'})
    with asking(first["url"]) as users:
        platform.deployed("desk", "office", "main")
        last = repository.push({"sandbox.json": "{}"})
        second = platform.deployed("desk", "office", "main")["outputs"]
        _until(lambda: users.versions[-1:] == [last])

    assert second["url"] == first["url"]
    assert users.failures == []
    assert users.versions == [first["commit"], slow, last]


def test_a_canary_that_fails_its_users_is_taken_back(git: GitServer, platform: Platform) -> None:
    repository = application(git, platform, "mine", {"pit": "dev"}, strategy="canary")
    first = platform.deployed("mine", "pit", "main")["outputs"]
    folder = platform.folder / "cloud/world/applications" / platform.team / "mine"
    with asking(first["url"]) as users:
        second = platform.deployed("mine", "pit", repository.push({"index.html": "2"}))["outputs"]
        assert "canary" in second["seconds"]
        assert set(users.versions) == {first["commit"], second["commit"]}
        assert users.failures == []

        repository.push({"sandbox.json": '{"fails_after": 12}'})
        failed = platform.deployed("mine", "pit", "main", phase="failed")

        assert "% of the requests the new version failed" in failed["message"]
        _until(lambda: len(serving(folder)) == 1)
        answers = users.answers
        _until(lambda: users.answers > answers + 1)  # what it had answered is noted
        seen = len(users.failures)
        _until(lambda: users.answers > answers + 20)
        assert len(users.failures) == seen, "the version before serves all of them again"
    assert 0 < len(users.failures) < 20, "all of a canary's time would be some 30"


def test_a_rollout_that_is_cancelled_leaves_what_served(git: GitServer, platform: Platform) -> None:
    repository = application(git, platform, "pier", {"harbour": "dev"}, ready_seconds=600)
    good = platform.deployed("pier", "harbour", "main")["outputs"]
    folder = platform.folder / "cloud/world/applications" / platform.team / "pier"
    version = repository.push({"sandbox.json": '{"ready": false}'})
    with asking(good["url"]) as users:
        request = platform.file("deployments", {"name": "pier", "environment": "harbour", "version": version})
        _until(lambda: len(serving(folder)) == 2)
        with platform.client("ada") as client:
            assert client.post(f"/v1/requests/{request['id']}/cancel").is_success
        assert platform.ended(request)["phase"] == "cancelled"
        _until(lambda: len(serving(folder)) == 1)
    assert users.failures == []
    assert users.versions == [good["commit"]]
    assert platform.deployed("pier", "harbour", repository.push({"sandbox.json": "{}"}))["outputs"]["revision"] == 3


def test_one_image_goes_to_production_and_back(git: GitServer, platform: Platform) -> None:
    environments = {"trial": "dev", "rehearsal": "staging", "live": "prod"}
    repository = application(git, platform, "books", environments)
    first = platform.deployed("books", "trial", "main")["outputs"]
    asked = git.asked.count("GET /books.git/info/refs")
    promoted = platform.deployed("books", "rehearsal", first["digest"])["outputs"]
    request = platform.file("deployments", {"name": "books", "environment": "live", "version": first["digest"]})
    assert request["approval"]["required"]
    assert request["approval"]["not_by"] == ["ada", "ada@payments.test"], "who asked, and who wrote it"
    in_production = platform.approved(request)

    assert promoted["digest"] == in_production["outputs"]["digest"] == first["digest"]
    assert git.asked.count("GET /books.git/info/refs") == asked, "never built again"
    assert "build" not in in_production["outputs"]["seconds"]
    assert first["digest"] in in_production["plan"]["summary"]["text"]

    second = repository.push({"index.html": "two"})
    later = platform.approved(platform.file("deployments", {"name": "books", "environment": "live", "version": second}))
    text = later["plan"]["summary"]["text"]
    assert f'-  "commit": "{first["commit"]}"' in text
    assert f'+  "commit": "{second}"' in text
    with asking(later["outputs"]["url"]) as users:
        back = platform.file("deployments", {"name": "books", "environment": "live", "version": first["digest"]})
        assert not back["approval"]["required"]
        ended = platform.ended(back)
        _until(lambda: users.versions[-1:] == [first["commit"]])
    assert ended["outputs"]["digest"] == first["digest"]
    assert users.failures == []
    assert users.versions == [second, first["commit"]]
    with platform.client("ada") as client:
        (accepted, *_) = client.get(f"/v1/requests/{back['id']}/history").json()["items"]
    assert accepted["data"]["rule"] == "approved-before"


def test_environments_do_not_wait_for_each_other_and_the_newest_of_each_waits(
    git: GitServer, platform: Platform
) -> None:
    repository = application(git, platform, "twins", {"left": "dev", "right": "prod"})
    commit = repository.push({"index.html": "both"})
    waiting = platform.file("deployments", {"name": "twins", "environment": "right", "version": commit})
    platform.ended(waiting, phases=("awaiting-approval",))

    assert platform.deployed("twins", "left", commit)["phase"] == "succeeded"
    older, newer = (
        platform.file("deployments", {"name": "twins", "environment": "right", "version": version})
        for version in (commit, repository.push({"index.html": "newer"}))
    )

    assert platform.ended(older)["message"].startswith(f"Superseded by request {newer['id']}")
    assert platform.shown(f"requests/{newer['id']}")["phase"] == "accepted"
    with platform.client("ada") as client:
        assert client.post(f"/v1/requests/{waiting['id']}/cancel").is_success
    assert platform.approved(newer)["outputs"]["revision"] == 1, "its turn came, though nothing came of the one before"
    placement = platform.shown(f"applications/{platform.team}/twins")
    assert placement["status"] == "ready"


REFUSED: list[tuple[dict[str, str], str, str]] = [
    ({"version": "no-such-branch"}, "/version", "There is no branch or tag 'no-such-branch'"),
    ({"environment": "nowhere"}, "/environment", "There is no environment team"),
    ({"environment": "hall"}, "/environment", "may be deployed to lobby, not to hall"),
    ({"version": "--upload-pack=x"}, "/version", "pattern"),
    ({"version": "../x"}, "/version", "pattern"),
    ({"version": "$(id)"}, "/version", "pattern"),
]
"""What is asked for differently, the field that is named, and what is said of it."""


def test_what_cannot_be_deployed_is_said_at_once(git: GitServer, platform: Platform) -> None:
    application(git, platform, "inn", {"lobby": "dev"})
    platform.done("environments", {"name": "hall"})
    for change, pointer, said in REFUSED:
        problem = platform.refused("deployments", {"name": "inn", "environment": "lobby", "version": "main", **change})

        assert problem["status"] == 422, change
        assert [each["pointer"] for each in problem["errors"]] == [pointer], change
        assert said in problem["errors"][0]["detail"], change


def test_an_image_that_is_not_there_is_said_before_anything_changes(git: GitServer, platform: Platform) -> None:
    application(git, platform, "ghost", {"attic": "dev"})

    failed = platform.deployed("ghost", "attic", f"sha256:{'0a' * 32}", phase="failed")

    assert "There is no image sha256:0a0a" in failed["message"]
    assert f"{platform.team}/ghost" in failed["message"]


def test_an_application_goes_with_all_that_it_has(git: GitServer, platform: Platform) -> None:
    application(git, platform, "kiosk", {"corner": "dev", "square": "dev"})
    for environment in ("corner", "square"):
        platform.deployed("kiosk", environment, "main")
    folder = platform.folder / "cloud/world/applications" / platform.team / "kiosk"
    assert len(serving(folder)) == 2
    with platform.client("ada") as client:
        problem = client.delete(f"/v1/environments/{platform.team}/corner")
        assert problem.status_code == 409
        assert "1 resources live in" in problem.json()["detail"]

        gone_with = platform.ended(client.delete(f"/v1/applications/{platform.team}/kiosk").json())
        assert gone_with["phase"] == "succeeded"
        assert "1 images" in gone_with["plan"]["summary"]["text"]
        assert "corner, square" in gone_with["plan"]["summary"]["text"]
        assert serving(folder) == []
        assert not folder.exists()
        assert platform.ended(client.delete(f"/v1/environments/{platform.team}/corner").json())["phase"] == "succeeded"


def test_no_process_outlives_a_server_and_the_next_one_serves_again(git: GitServer, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with platform(folder) as first:
        repository = application(git, first, "phoenix", {"nest": "dev"})
        outputs = first.deployed("phoenix", "nest", "main")["outputs"]
        assert len(serving(folder)) == 2, "the node, and what it serves"
        first.kill()

        assert gone(folder)
    with pytest.raises(httpx2.ConnectError):
        PLAIN.get(outputs["url"])
    second = start(folder)
    try:
        _until(lambda: _serves(outputs["url"]))
        answer = PLAIN.get(outputs["url"])
        assert answer.json()["version"] == outputs["commit"]
        assert second.deployed("phoenix", "nest", repository.push({"index.html": "2"}))["outputs"]["revision"] == 2
    finally:
        stop(second)
    assert gone(folder, seconds=1), "a server that is stopped waits for what it serves to end"


def _serves(url: str) -> bool:
    try:
        return PLAIN.get(url).is_success
    except httpx2.ConnectError:
        return False


def _until(true: Callable[[], bool], seconds: float = 40) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until
        time.sleep(0.05)
