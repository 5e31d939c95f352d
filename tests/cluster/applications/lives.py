"""What takes minutes and disturbs nobody: a pull request's whole life, and versions that cannot serve."""

import time
from collections.abc import Mapping
from functools import partial
from typing import Final

import httpx2

from tests.cluster.applications.ground import GOOD, Delivery, said
from tests.cluster.kubectl import until
from tests.cluster.whole.asking import Json

BAD: Final[Mapping[str, Mapping[str, tuple[dict[str, str | None], str]]]] = {
    "till": {
        "answers 500": ({"says.json": '{"status": 500}'}, "answered 500 to /, request 1 of its analysis"),
        "does not build": ({"Dockerfile": "FROM python:3.13-slim\nRUN false\n"}, "Dockerfile does not build"),
    },
    "desk": {
        "is never ready": ({"says.json": '{"ready": false}'}, "The new version was given up"),
        "has no Dockerfile": ({"Dockerfile": None}, "There is no Dockerfile in this commit"),
    },
}
"""Application -> a commit's changes, and what the request says then."""


def bad_versions(delivery: Delivery) -> None:
    """One application after the other, which is gone then: the node is small."""
    for name in BAD:
        _bad_versions(delivery, name)
        delivery.succeeded(delivery.ada.removes(f"applications/{delivery.team}/{name}"))


def _bad_versions(delivery: Delivery, name: str) -> None:
    """Each is given up by itself, and users who ask all the while notice nothing. A good one comes last."""
    repository = delivery.application(name, {"checkout": "main"}, ready_seconds=20)
    good = repository.push(GOOD)
    delivery.succeeded(delivery.told_of(name, "checkout", good))
    with delivery.users(name, "checkout") as users:
        for title, (files, words) in BAD[name].items():
            bad = repository.push({**GOOD, **files})
            failed = delivery.ended(delivery.told_of(name, "checkout", bad), "failed")

            assert words in failed["message"], f"{title}: {failed['message']}"
            until(f"a status of what {title}", partial(repository.says, bad, "failure"), seconds=60)
            repository.commit(GOOD)
        last = repository.push({"page": "last"})
        delivery.succeeded(delivery.told_of(name, "checkout", last))
        time.sleep(15)  # in which the pods of the version before end
    assert users.failures == []
    assert users.versions == [good, last]
    said(f"{name}: answers while two bad versions and a good one were pushed", {"good": users.answers, "failed": 0})


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
