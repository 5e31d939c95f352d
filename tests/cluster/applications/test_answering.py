"""From `git push` to the answer over the stable Service, and how long each part takes; what waits for pods is in no part."""

from functools import partial

from tests.cluster.applications.ground import Delivery, Shop
from tests.cluster.figures import said
from tests.cluster.kubectl import until


def test_a_push_is_what_the_stable_service_answers_with(delivery: Delivery, shop: Shop) -> None:
    for title, each in (("the first push", shop.older), ("the second push", shop.newer)):
        said(title, each.parts)
        assert each.request["outputs"]["commit"] == each.commit
        assert "build" in each.parts
    commit, ended = shop.newer.commit, shop.newer.request
    log = delivery.ada.client.get(f"/v1/requests/{ended['id']}/logs").text
    assert "COPY app.py says.json /app/" in log

    sbom = delivery.manifest("shop", f"sbom-{commit}")
    assert (sbom["artifactType"], sbom["subject"]["digest"]) == ("application/spdx+json", ended["outputs"]["digest"])
    packages = delivery.blob("shop", sbom["layers"][0]["digest"])["packages"]
    assert "python3.13" in {each["name"] for each in packages}
    labels = delivery.blob("shop", delivery.manifest("shop", commit)["config"]["digest"])["config"]["Labels"]
    assert labels["org.opencontainers.image.source"] == shop.repository.url
    assert labels["org.opencontainers.image.revision"] == commit
    assert labels["idp.io/request"] == ended["run"]


def test_a_commit_that_was_built_is_not_built_again(delivery: Delivery, shop: Shop) -> None:
    again = delivery.pushed(shop.repository, "shop", "rehearsal", None, branch="release")
    said("the same commit", again.parts)
    assert again.request["outputs"]["digest"] == shop.newer.request["outputs"]["digest"]
    assert "build" not in again.parts
    newest = until("the commit's status", partial(shop.repository.says, again.commit, "success"), seconds=60)
    assert newest["target_url"] == f"https://api.packetdance.com/v1/requests/{again.request['id']}"
