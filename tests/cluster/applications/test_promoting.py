"""One digest from dev to production, its gate, and back. Nobody's request is dropped."""

import time

import pytest

from tests.cluster.applications.ground import OLD_PODS_END, Delivery, Shop
from tests.cluster.figures import said
from tests.cluster.kubectl import until

pytestmark = pytest.mark.usefixtures("at_once")
NAME = "shop"


def test_one_image_goes_to_production_and_back(delivery: Delivery, shop: Shop) -> None:
    older, newer = (each.request["outputs"] for each in (shop.older, shop.newer))
    for each in [delivery.deploys(NAME, where, older["digest"]) for where in ("rehearsal", "live")]:
        promoted = delivery.succeeded(each)["outputs"]
        assert promoted["digest"] == older["digest"]
        assert "build" not in promoted["seconds"], "never built again"
    with delivery.users(NAME, "live") as users:
        request = delivery.deploys(NAME, "live", newer["digest"])
        waiting = delivery.ada.waits(request["id"], phase="awaiting-approval")
        assert waiting["phase"] == "awaiting-approval", waiting["message"]
        text = waiting["plan"]["summary"]["text"]
        assert f'-  "commit": "{older["commit"]}"' in text
        assert f'+  "commit": "{newer["commit"]}"' in text
        assert delivery.succeeded(request)["outputs"]["digest"] == newer["digest"]
        until("the new version", lambda: users.versions[-1] == newer["commit"], seconds=60)

        begun = time.time()
        done = delivery.platform.idp(
            "rollback", f"{delivery.team}/{NAME}", "-e", "live", "--watch", teams=[delivery.team]
        )
        assert done.returncode == 0, done.stdout + done.stderr
        took = time.time() - begun
        until("the version before", lambda: users.versions[-1] == older["commit"], seconds=60)
        time.sleep(OLD_PODS_END)
    said("rollback in production by one command", {"whole": took})
    assert users.failures == []
    assert users.versions == [older["commit"], newer["commit"], older["commit"]]
    page = delivery.ada.reads(f"/v1/deployments?team={delivery.team}&limit=50")["items"]
    back = next(each for each in page if each["spec"]["environment"] == "live")
    assert not back["approval"]["required"]
    assert delivery.ada.history(back["id"])[0]["data"]["rule"] == "approved-before"


@pytest.mark.usefixtures("shop")
def test_an_application_goes_and_nothing_of_it_is_left(delivery: Delivery) -> None:
    assert set(delivery.left(NAME)) == {"applications.argoproj.io", "appprojects.argoproj.io", "configmaps", "images"}
    removal = delivery.ada.removes(f"applications/{delivery.team}/{NAME}")
    delivery.succeeded(removal)

    assert delivery.left(NAME) == {}
    for environment in ("checkout", "rehearsal", "live"):
        assert delivery.objects(NAME, environment) == []
