"""The way of an application with the runner's own words: real git, a real node, real processes. One of each."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from idp.runner.digests import digest
from tests.applications.gits import GitServer, git_server
from tests.runner.steps import Run, Step

Made = Callable[..., Run]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitServer]:
    with git_server(tmp_path / "server") as found:
        yield found


@pytest.fixture
def node(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    with node_of(tmp_path / "cloud/world") as process:
        yield process


def node_of(world: Path) -> subprocess.Popen[bytes]:
    """It ends with its stdin, which closes with the process object."""
    return subprocess.Popen([sys.executable, "-m", "idp.runner.delivery", str(world)], stdin=subprocess.PIPE)


class Application:
    """Shop of payments, as its requests carry it."""

    def __init__(self, run: Made, url: str) -> None:
        self._run = run
        self.spec = {
            "team": "payments",
            "name": "shop",
            "repository": url,
            "ready_seconds": 60,
            "placements": [{"environment": "checkout"}],
        }
        self.where = {"team": "payments", "name": "shop", "environment": "checkout", "application": self.spec}

    def changed(self, capability: str, request: dict[str, Any], *steps: str, verb: str = "perform") -> dict[str, Any]:
        """Outputs of the last step. `steps` are its names."""
        run = self._run(capability, **request)
        looked = run.look(verb)
        settings = {"IDP_RUN": f"{capability}-{run.folder.name}"}
        step = looked
        for name in steps:
            step = run.change(
                looked, "deliver", capability, name, "absent" if verb == "deprovision" else "present", **settings
            )
            step.done()
            if (step.work / "out" / "image").exists():
                settings["IDP_BUILT"] = step.left("image")
        return json.loads(step.left("outputs")) if (step.work / "out" / "outputs").exists() else {}

    def deployed(self, commit: str) -> dict[str, Any]:
        return self.changed("deployments", {**self.where, "version": commit, "commit": commit}, "build", "rollout")

    def looked(self, capability: str, verb: str, **request: Any) -> Step:
        return self._run(capability, **request).look(verb)


def test_from_a_repository_to_an_answer_and_back_to_nothing(
    server: GitServer, node: subprocess.Popen[bytes], run: Made, tmp_path: Path
) -> None:
    repository = server.repository("shop")
    first = repository.push({"Dockerfile": "FROM scratch\nCOPY . /\n", "index.html": "one"})
    shop = Application(run, repository.url)
    shop.changed("applications", shop.spec, "registration", verb="provision")
    assert shop.looked("applications", "provision", **shop.spec).left("changes") == "0"

    one = shop.deployed(first)
    assert httpx2.get(one["url"]).json()["version"] == first
    two = shop.deployed(repository.push({"index.html": "two"}))
    assert httpx2.get(f"{two['url']}/index.html").text == "two"
    assert httpx2.get(f"{two['url']}/../image.json").status_code == 404
    assert httpx2.head(two["url"]).headers["x-version"] == two["commit"]
    three = shop.changed("settings", {**shop.where, "settings": {"A": "1"}}, "settings", "rollout")
    assert (three["revision"], three["settings"]["number"]) == (3, 1)
    back = shop.changed(
        "deployments", {**shop.where, "version": one["digest"], "digest": one["digest"]}, "build", "rollout"
    )
    assert (back["digest"], back["revision"], back["settings"]["values"]) == (one["digest"], 4, {"A": "1"})
    _until(lambda: len(_children(node.pid)) == 1)
    (serving,) = _children(node.pid)

    shop.changed("applications", shop.spec, "registration", verb="deprovision")

    assert not (tmp_path / "cloud/world/applications/payments/shop").exists()
    assert not Path(f"/proc/{serving}").exists()
    assert shop.looked("applications", "deprovision", **shop.spec).left("changes") == "0"


def test_what_serves_ends_with_the_node_and_comes_back_where_it_was(
    server: GitServer, node: subprocess.Popen[bytes], run: Made, tmp_path: Path
) -> None:
    repository = server.repository("shop")
    shop = Application(run, repository.url)
    shop.changed("applications", shop.spec, "registration", verb="provision")
    url = shop.deployed(repository.push({"Dockerfile": "FROM scratch\n"}))["url"]
    (serving,) = _children(node.pid)
    second = node_of(tmp_path / "cloud/world")
    assert second.wait(20) == 3, "one node at a time"
    assert second.stdin
    second.stdin.close()
    node.kill()
    node.wait()
    _until(lambda: not Path(f"/proc/{serving}").exists())
    found = run("applications", **shop.spec).step("inspect", "applications").done()
    assert found.summary["text"] == "Revision 1 does not serve in checkout."

    with node_of(tmp_path / "cloud/world"):
        _until(lambda: _answers(url))
        assert httpx2.get(url).status_code == 200


def test_a_version_that_answers_500_is_not_reached(
    server: GitServer, node: subprocess.Popen[bytes], run: Made, capsys: pytest.CaptureFixture[str]
) -> None:
    repository = server.repository("shop")
    shop = Application(run, repository.url)
    good = shop.deployed(repository.push({"Dockerfile": "FROM scratch\n"}))
    bad = repository.push({"sandbox.json": '{"status": 500}'})
    request = {**shop.where, "version": bad, "commit": bad}
    deployment = run("deployments", **request)
    looked = deployment.look("perform")
    built = deployment.change(looked, "deliver", "deployments", "build", "present").done()

    rollout = deployment.change(looked, "deliver", "deployments", "rollout", "present", IDP_BUILT=built.left("image"))
    rollout.done(1)

    said = capsys.readouterr().err
    assert "answered 500 to request 1 of its analysis; the version before goes on serving" in said
    assert httpx2.get(good["url"]).json()["version"] == good["commit"]
    assert node.poll() is None


@pytest.mark.parametrize(
    ("capability", "words", "said"),
    [
        ("environments", ("deliver", "environments", "build", "present"), "has no step 'build' that delivers"),
        ("deployments", ("deliver", "deployments", "registration", "present"), "has no step 'registration'"),
    ],
)
def test_a_step_that_is_none_is_said(
    run: Made, capability: str, words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    url = "https://git.example.com/shop.git"
    request: dict[str, Any] = {} if capability == "environments" else Application(run, url).where | {"version": "main"}
    made = run(capability, **request)
    planned = digest("0" * 64, "runner:1", made.environment()["IDP_REQUEST"])

    made.step(*words, settings={"IDP_PLAN_SHA256": "0" * 64, "IDP_DIGEST": planned}).done(1)

    assert said in capsys.readouterr().err


def _children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _answers(url: str) -> bool:
    try:
        return httpx2.get(url).is_success
    except httpx2.TransportError:
        return False


def _until(true: Callable[[], bool], seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until
        time.sleep(0.05)
