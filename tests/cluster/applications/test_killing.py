"""What a delivery needs is killed, or away, in the middle of one: it ends as it should all the same."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2

from idp import names
from tests.applications.ground import PLAIN
from tests.cluster.applications.ground import ARGO_CD, GOOD, Delivery, Shop
from tests.cluster.kubectl import Kubectl, until
from tests.cluster.whole.asking import Json

NAME = "shop"
SLOW = GOOD["Dockerfile"] + "RUN sleep 20\n" if GOOD["Dockerfile"] else ""


def test_the_api_is_killed_and_the_git_server_is_away_when_the_status_is_due(
    delivery: Delivery, shop: Shop, kubectl: Kubectl
) -> None:
    commit = shop.repository.push({"page": "the API is killed"})
    request = delivery.told_of(NAME, "checkout", commit)
    until("a build", lambda: _node(delivery, request, "build"), seconds=180)
    kubectl(
        "-n",
        names.NAMESPACE_API,
        "delete",
        "pod",
        "-l",
        f"{names.LABEL_APP}={names.API}",
        "--grace-period=0",
        "--force",
    )
    until("Argo CD's sync", lambda: _applied(delivery, request), seconds=240, pause=0.1)
    with away(kubectl, "git"):
        ended = delivery.succeeded(request)
        assert delivery.answer(NAME, "checkout")["version"] == commit
        assert [each["kind"] for each in delivery.ada.history(request["id"])].count("accepted") == 1
    until("the status", lambda: shop.repository.says(commit, "success"), seconds=120, pause=1)
    assert ended["outputs"]["url"] in shop.repository.states(commit)[0]["description"]


def test_the_registry_is_away_while_an_image_is_pushed(delivery: Delivery, shop: Shop, kubectl: Kubectl) -> None:
    commit = shop.repository.push({"page": "no registry", "Dockerfile": SLOW})
    request = delivery.told_of(NAME, "checkout", commit)
    until("the build's last step", lambda: "RUN sleep 20" in _log(kubectl, commit), seconds=180)
    with away(kubectl, "registry"):
        until("an image to be pushed", lambda: "Successfully tagged" in _log(kubectl, commit), seconds=120)
        time.sleep(10)  # in which it is told of no registry
        assert delivery.ada.reads(f"/v1/requests/{request['id']}")["finished_at"] is None
    ended = delivery.succeeded(request)
    assert delivery.answer(NAME, "checkout")["version"] == commit
    assert ended["outputs"]["digest"] == delivery.digest(NAME, commit), "and what is there is what was built"


def test_argo_cd_is_killed_during_the_sync(delivery: Delivery, shop: Shop, kubectl: Kubectl) -> None:
    assert any(_killed_before_it_applied(delivery, shop, kubectl, f"no Argo CD {attempt}") for attempt in range(3))


def _killed_before_it_applied(delivery: Delivery, shop: Shop, kubectl: Kubectl, page: str) -> bool:
    """A delivery during which it is killed: one that succeeds in any case, and whether the kill came in time."""
    commit = shop.repository.push({"page": page, "Dockerfile": GOOD["Dockerfile"]})
    request = delivery.told_of(NAME, "checkout", commit)
    until("a rollout", lambda: _asked_for(delivery, request), seconds=240, pause=0.1)
    kubectl("-n", ARGO_CD, "delete", "pod", "argocd-application-controller-0", "--grace-period=0", "--force")
    in_time = not _applied(delivery, request)
    delivery.succeeded(request)
    assert delivery.answer(NAME, "checkout")["version"] == commit
    return in_time


@contextmanager
def away(kubectl: Kubectl, service: str) -> Iterator[None]:
    """Of the add-on: no pod of it, and afterwards one that answers at the Service's address."""
    address = kubectl("-n", "apps", "get", "service", service, "-o", "jsonpath={.spec.clusterIP}:{.spec.ports[0].port}")
    scaled = ("-n", "apps", "scale", f"deployment/{service}")
    kubectl(*scaled, "--replicas=0")
    kubectl("-n", "apps", "delete", "pod", "-l", f"app={service}", "--grace-period=0", "--force")
    try:
        yield
    finally:
        kubectl(*scaled, "--replicas=1")
        kubectl("-n", "apps", "rollout", "status", f"deployment/{service}", "--timeout=120s")
        until(f"an answer of {service}", lambda: _answers(address))


def _answers(address: str) -> bool:
    try:
        PLAIN.get(f"http://{address}")
    except httpx2.TransportError:
        return False
    return True


def _node(delivery: Delivery, request: Json, name: str) -> bool:
    """Whether it runs."""
    nodes = (delivery.platform.workflow(request["run"]) or {}).get("status", {}).get("nodes", {}).values()
    return any(each["displayName"] == name and each["phase"] == "Running" for each in nodes)


def _applied(delivery: Delivery, request: Json) -> bool:
    rollout = delivery.kubectl.json("-n", names.namespace(delivery.team, "checkout"), "get", "rollout", NAME)
    return bool(rollout["metadata"]["annotations"][names.LABEL_REQUEST] == request["run"])


def _asked_for(delivery: Delivery, request: Json) -> bool:
    application = names.delivered(delivery.team, NAME, "checkout")
    found = delivery.kubectl.json("-n", ARGO_CD, "get", "application", application)
    return request["run"] in found["spec"]["source"]["helm"]["values"]


def _log(kubectl: Kubectl, commit: str) -> str:
    """What the build of the commit has said."""
    space = ("-n", names.NAMESPACE_BUILDS)
    for each in kubectl.json(*space, "get", "jobs"):
        if each["metadata"]["annotations"][f"{names.LABEL}/commit"] == commit:
            return kubectl.run(*space, "logs", f"job/{each['metadata']['name']}").stdout
    return ""
