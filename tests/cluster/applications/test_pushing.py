"""From `git push` to the answer over the stable Service; and pushes of what cannot serve, which nobody notices."""

import time
from functools import partial
from typing import Final

from tests.cluster.applications.ground import GOOD, Delivery, said, seconds
from tests.cluster.kubectl import until
from tests.cluster.whole.asking import Json

BAD: Final[dict[str, tuple[dict[str, str | None], str]]] = {
    "answers 500": ({"says.json": '{"status": 500}'}, "answered 500 to /, request 1 of its analysis"),
    "is never ready": ({"says.json": '{"ready": false}'}, "The new version was given up"),
    "does not build": ({"Dockerfile": "FROM python:3.13-slim\nRUN false\n"}, "Dockerfile does not build"),
    "has no Dockerfile": ({"Dockerfile": None}, "There is no Dockerfile in this commit"),
}
"""A commit's changes, and what the request says then."""


def test_a_push_is_what_the_stable_service_answers_with(delivery: Delivery) -> None:
    repository = delivery.application("shop", {"checkout": "main", "rehearsal": "release"}, stage="staging")
    for number in range(2):
        commit, pushed = repository.push({"page": str(number)}), time.time()
        request = delivery.told_of("shop", "checkout", commit)
        ended = delivery.succeeded(request)
        until(f"an answer with {commit}", partial(delivery.answers_with, "shop", "checkout", commit), seconds=5)
        _said(f"push {number + 1}", delivery, ended, pushed)
        assert ended["outputs"]["commit"] == commit
        assert "build" in ended["outputs"]["seconds"]
    log = delivery.ada.client.get(f"/v1/requests/{ended['id']}/logs").text
    assert "STEP 2/3: COPY app.py says.json /app/" in log

    repository.send("release")  # nothing to build: the same commit
    pushed = time.time()
    again = delivery.succeeded(delivery.told_of("shop", "rehearsal", commit))
    until("an answer", partial(delivery.answers_with, "shop", "rehearsal", commit), seconds=5)
    _said("the same commit", delivery, again, pushed)
    assert again["outputs"]["digest"] == ended["outputs"]["digest"]
    assert "build" not in again["outputs"]["seconds"]
    newest = until("the commit's status", partial(repository.says, commit, "success"), seconds=60)
    assert newest["target_url"] == f"https://api.packetdance.com/v1/requests/{again['id']}"


def test_what_cannot_serve_is_given_up_and_nobody_notices(delivery: Delivery) -> None:
    repository = delivery.application("till", {"checkout": "main"}, ready_seconds=20)
    good = repository.push(GOOD)
    delivery.succeeded(delivery.told_of("till", "checkout", good))
    with delivery.users("till", "checkout") as users:
        for title, (files, words) in BAD.items():
            bad = repository.push({**GOOD, **files})
            failed = delivery.ended(delivery.told_of("till", "checkout", bad), "failed")

            assert words in failed["message"], f"{title}: {failed['message']}"
            until(f"a status of what {title}", partial(repository.says, bad, "failure"), seconds=60)
            repository.commit(GOOD)
        last = repository.push({"page": "last"})
        delivery.succeeded(delivery.told_of("till", "checkout", last))
        time.sleep(15)  # in which the pods of the version before end
    assert users.failures == []
    assert users.versions == [good, last]
    said("answers while four bad versions and a good one were pushed", {"good": users.answers, "failed": 0})


def _said(title: str, delivery: Delivery, ended: Json, pushed: float) -> None:
    """Seconds of each part; what the sum lacks is pods that start."""
    history = delivery.ada.history(ended["id"])
    accepted, started = seconds(history, "accepted"), seconds(history, "started")
    said(
        title,
        {
            "hook and accept": accepted - pushed,
            "until the run started": started - accepted,
            **ended["outputs"]["seconds"],
            "whole": time.time() - pushed,
        },
    )
