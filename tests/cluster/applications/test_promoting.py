"""One digest from dev to production, its gate, and back; settings, changed and taken back. Nobody's request is dropped."""

import time

import pytest

from tests.cluster.applications.ground import Delivery, said
from tests.cluster.kubectl import until
from tests.cluster.whole.asking import Json

pytestmark = pytest.mark.usefixtures("at_once")
NAME = "books"


@pytest.fixture(scope="module")
def served(delivery: Delivery) -> tuple[Json, Json]:
    """Two versions, the older in dev, the newer in staging."""
    repository = delivery.application(NAME, dict.fromkeys(("checkout", "rehearsal", "live")), stage="prod")
    asked = [delivery.deploys(NAME, where, repository.push({"page": where})) for where in ("checkout", "rehearsal")]
    older, newer = (delivery.succeeded(each)["outputs"] for each in asked)
    return older, newer


def test_one_image_goes_to_production_and_back(delivery: Delivery, served: tuple[Json, Json]) -> None:
    older, newer = served
    asked = [delivery.deploys(NAME, where, older["digest"]) for where in ("rehearsal", "live")]
    for each in asked:
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
        delivery.succeeded(request)
        until("the new version", lambda: users.versions[-1] == newer["commit"], seconds=10)

        begun = time.time()
        done = delivery.platform.idp(
            "rollback", f"{delivery.team}/{NAME}", "-e", "live", "--watch", teams=[delivery.team]
        )
        assert done.returncode == 0, done.stdout + done.stderr
        took = time.time() - begun
        until("the version before", lambda: users.versions[-1] == older["commit"], seconds=10)
        time.sleep(12)  # in which the pods of the newer one end
    said("rollback in production by one command", {"whole": took})
    assert users.failures == []
    assert users.versions == [older["commit"], newer["commit"], older["commit"]]
    page = delivery.ada.reads(f"/v1/deployments?team={delivery.team}&limit=50")["items"]
    back = next(each for each in page if each["spec"]["environment"] == "live")
    assert not back["approval"]["required"]
    assert delivery.ada.history(back["id"])[0]["data"]["rule"] == "approved-before"


def test_settings_are_changed_and_taken_back_without_a_dropped_request(
    delivery: Delivery, served: tuple[Json, Json]
) -> None:
    serving, _ = served
    first = _set(delivery, settings={"LOG_LEVEL": "info"})
    with delivery.users(NAME, "checkout") as users:
        second = _set(delivery, settings={"LOG_LEVEL": "debug"})
        assert delivery.answer(NAME, "checkout")["settings"] == {"LOG_LEVEL": "debug"}
        back = _set(delivery, back_to=first["settings"]["number"])
        assert delivery.answer(NAME, "checkout")["settings"] == {"LOG_LEVEL": "info"}
        time.sleep(12)
    assert users.failures == []
    assert users.versions == [serving["commit"]]
    assert [each["settings"]["number"] for each in (first, second, back)] == [1, 2, 3]
    assert back["digest"] == serving["digest"], "the same image"


def _set(delivery: Delivery, **change: object) -> Json:
    body = {"team": delivery.team, "name": NAME, "environment": "checkout", **change}
    outputs: Json = delivery.succeeded(delivery.ada.asks("/v1/settings", body))["outputs"]
    return outputs


def test_an_application_goes_and_nothing_of_it_is_left(delivery: Delivery, served: tuple[Json, Json]) -> None:
    assert set(delivery.left(NAME)) == {"applications.argoproj.io", "appprojects.argoproj.io", "configmaps", "images"}
    removal = delivery.ada.removes(f"applications/{delivery.team}/{NAME}")
    delivery.succeeded(removal)

    assert served
    assert delivery.left(NAME) == {}
    for environment in ("checkout", "rehearsal", "live"):
        assert delivery.objects(NAME, environment) == []
