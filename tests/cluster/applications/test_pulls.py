"""A pull request's whole life on the git server, and what is left of it."""

from tests.cluster.applications.ground import Delivery
from tests.cluster.kubectl import until
from tests.cluster.whole.asking import Json


def test_a_pull_request_is_opened_pushed_to_and_closed_and_nothing_is_left(delivery: Delivery) -> None:
    repository = delivery.application("shown", {"checkout": None}, previews=True)
    repository.send("main")
    first = repository.push({"page": "one"}, branch="feature")
    number = repository.opened("feature")
    name = f"pr-{number}-shown"

    told = until("the status with its address", lambda: _told(repository.states(first)), seconds=400, pause=1)
    assert f"{name}-{name}-{delivery.team}.packetdance.com" in told["description"]
    assert delivery.answer(name, name)["version"] == first

    second = repository.push({"page": "two"}, branch="feature")
    until("the status of the second", lambda: _told(repository.states(second)), seconds=300, pause=1)
    assert delivery.answer(name, name)["version"] == second

    repository.closed(number)
    until("the end of its namespace", lambda: not delivery.namespace_is_there(name), seconds=400, pause=1)
    until("the end of its environment", lambda: _removed(delivery, name), seconds=60, pause=1)
    assert delivery.left(name) == {}
    assert delivery.states(name) == []


def _told(states: list[Json]) -> Json | None:
    for each in states:
        assert each["status"] != "failure", each["description"]
    return states[0] if states and states[0]["status"] == "success" else None


def _removed(delivery: Delivery, name: str) -> bool:
    return str(delivery.ada.reads(f"/v1/environments/{delivery.team}/{name}")["status"]) == "removed"
