"""What takes minutes and disturbs nobody: a pull request's whole life, versions that cannot serve, settings."""

import time
from collections.abc import Mapping
from functools import partial
from typing import Final

import httpx2

from tests.cluster.applications.ground import GOOD, OLD_PODS_END, Delivery, Repository
from tests.cluster.figures import said
from tests.cluster.kubectl import until
from tests.cluster.whole.asking import Json

Bad = Mapping[str, tuple[dict[str, str | None], str]]
"""What is bad about a commit -> what it changes, and what the request says then."""
UNFIT: Final[Bad] = {
    "answers 500": ({"says.json": '{"status": 500}'}, "answered 500 to /, request 1 of its analysis"),
    "is never ready": ({"says.json": '{"ready": false}'}, "The new version was given up"),
}
UNBUILT: Final[Bad] = {
    "does not build": ({"Dockerfile": "FROM python:3.13-slim\nRUN false\n"}, "Dockerfile does not build"),
    "has no Dockerfile": ({"Dockerfile": None}, "There is no Dockerfile in this commit"),
}


def unfit_versions(delivery: Delivery) -> None:
    """Each is given up by itself, and users who ask all the while notice nothing. A good one comes last."""
    repository = delivery.application("till", {"checkout": "main"}, ready_seconds=20)
    good = delivery.pushed(repository, "till", "checkout", GOOD)
    with delivery.users("till", "checkout") as users:
        _given_up(delivery, repository, "till", UNFIT)
        last = delivery.pushed(repository, "till", "checkout", {"page": "last"})
        time.sleep(OLD_PODS_END)
    assert users.failures == []
    assert users.versions == [good.commit, last.commit]
    said("answers while two unfit versions and a good one were pushed", {"good": users.answers, "failed": 0})
    delivery.succeeded(delivery.ada.removes(f"applications/{delivery.team}/till"))  # the node is small


def settings_and_what_does_not_build(delivery: Delivery) -> None:
    """Settings are changed and taken back, then commits are pushed that come to nothing: users notice the settings alone."""
    repository = delivery.application("prices", {"checkout": "main"})
    serving = delivery.pushed(repository, "prices", "checkout", GOOD)
    first = _set(delivery, settings={"LOG_LEVEL": "info"})
    with delivery.users("prices", "checkout") as users:
        second = _set(delivery, settings={"LOG_LEVEL": "debug"})
        assert delivery.answer("prices", "checkout")["settings"] == {"LOG_LEVEL": "debug"}
        back = _set(delivery, back_to=first["settings"]["number"])
        assert delivery.answer("prices", "checkout")["settings"] == {"LOG_LEVEL": "info"}
        _given_up(delivery, repository, "prices", UNBUILT)
        time.sleep(OLD_PODS_END)
    assert users.failures == []
    assert users.versions == [serving.commit]
    assert [each["settings"]["number"] for each in (first, second, back)] == [1, 2, 3]
    assert back["digest"] == serving.request["outputs"]["digest"]
    said("answers while settings changed and two commits did not build", {"good": users.answers, "failed": 0})
    delivery.succeeded(delivery.ada.removes(f"applications/{delivery.team}/prices"))


def _given_up(delivery: Delivery, repository: Repository, name: str, commits: Bad) -> None:
    """One after the other; the request and the commit's status say why."""
    for title, (files, words) in commits.items():
        bad = repository.push({**GOOD, **files})
        failed = delivery.ended(delivery.told_of(name, "checkout", bad), "failed")
        assert words in failed["message"], f"{title}: {failed['message']}"
        until(f"a status of what {title}", partial(repository.says, bad, "failure"), seconds=60)
        repository.commit(GOOD)


def _set(delivery: Delivery, **change: object) -> Json:
    body = {"team": delivery.team, "name": "prices", "environment": "checkout", **change}
    outputs: Json = delivery.succeeded(delivery.ada.asks("/v1/settings", body))["outputs"]
    return outputs


def pull_request(delivery: Delivery) -> None:
    """Opened, pushed to, closed; and nothing is left."""
    begun = time.time()
    repository = delivery.application("shown", {"checkout": None}, previews=True)
    repository.send("main")
    first = repository.push({"page": "one"}, branch="feature")
    number = repository.opened("feature")
    name = f"pr-{number}-shown"

    told = until("the status with its address", lambda: _told(repository.states(first)), seconds=500, pause=1)
    assert f"{name}-{name}-{delivery.team}.packetdance.com" in told["description"]
    assert delivery.answer(name, name)["version"] == first

    second = repository.push({"page": "two"}, branch="feature")
    until("the status of the second", lambda: _told(repository.states(second)), seconds=400, pause=1)
    assert delivery.answer(name, name)["version"] == second
    assert set(delivery.left(name)) == {"applications.argoproj.io", "appprojects.argoproj.io", "configmaps", "images"}
    assert delivery.states(name)

    repository.closed(number)
    until("the end of its namespace", lambda: not delivery.namespace_is_there(name), seconds=400, pause=1)
    until("the end of its environment", lambda: _removed(delivery, name), seconds=60, pause=1)
    assert delivery.left(name) == {}
    assert delivery.states(name) == []
    said("a pull request's life", {"whole": time.time() - begun})


def _told(states: list[Json]) -> Json | None:
    for each in states:
        assert each["status"] != "failure", each["description"]
    return states[0] if states and states[0]["status"] == "success" else None


def _removed(delivery: Delivery, name: str) -> bool:
    """Nobody knows of it any more."""
    return delivery.ada.client.get(f"/v1/environments/{delivery.team}/{name}").status_code == httpx2.codes.NOT_FOUND
