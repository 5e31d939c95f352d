"""From `git push` to the answer over the stable Service, and how long each part takes."""

import time
from functools import partial

from tests.cluster.applications.ground import Delivery, said, seconds
from tests.cluster.kubectl import until
from tests.cluster.whole.asking import Json


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
    assert "COPY app.py says.json /app/" in log

    sbom = delivery.manifest("shop", f"sbom-{commit}")
    assert (sbom["artifactType"], sbom["subject"]["digest"]) == ("application/spdx+json", ended["outputs"]["digest"])
    packages = delivery.blob("shop", sbom["layers"][0]["digest"])["packages"]
    assert "python3.13" in {each["name"] for each in packages}
    labels = delivery.blob("shop", delivery.manifest("shop", commit)["config"]["digest"])["config"]["Labels"]
    assert labels["org.opencontainers.image.source"] == repository.url
    assert labels["org.opencontainers.image.revision"] == commit
    assert labels["idp.io/request"] == ended["run"]

    repository.send("release")  # nothing to build: the same commit
    pushed = time.time()
    again = delivery.succeeded(delivery.told_of("shop", "rehearsal", commit))
    until("an answer", partial(delivery.answers_with, "shop", "rehearsal", commit), seconds=5)
    _said("the same commit", delivery, again, pushed)
    assert again["outputs"]["digest"] == ended["outputs"]["digest"]
    assert "build" not in again["outputs"]["seconds"]
    newest = until("the commit's status", partial(repository.says, commit, "success"), seconds=60)
    assert newest["target_url"] == f"https://api.packetdance.com/v1/requests/{again['id']}"
    delivery.ada.removes(f"applications/{delivery.team}/shop")  # the node is small


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
