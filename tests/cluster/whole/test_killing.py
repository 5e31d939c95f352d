"""Each part killed once, in the middle of three real requests, at an observed phase of a named node: all end as they should."""

import os
import shlex
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from idp import names
from tests.cluster.installed import Platform
from tests.cluster.kubectl import Kubectl, until
from tests.cluster.whole.asking import Person, people

TEAM: Final = "killing"
RESTART: Final = "IDP_TEST_API_SERVER_RESTART"


@dataclass(frozen=True)
class Pods:
    """A part that runs as pods; one of them is killed, without a moment to say goodbye."""

    namespace: str
    labels: str

    def kill(self, kubectl: Kubectl) -> None:
        pod = min(self.alive(kubectl))
        kubectl("-n", self.namespace, "delete", "pod", pod, "--grace-period=0", "--force")

    def seen(self, kubectl: Kubectl) -> set[str]:
        """Who is there: the uids."""
        return set(self.alive(kubectl).values())

    def alive(self, kubectl: Kubectl) -> dict[str, str]:
        pods = kubectl.json("-n", self.namespace, "get", "pods", "-l", self.labels)
        return {
            each["metadata"]["name"]: each["metadata"]["uid"]
            for each in pods
            if "deletionTimestamp" not in each["metadata"] and each["status"]["phase"] == "Running"
        }


@dataclass(frozen=True)
class ApiServer:
    """Kubernetes' own, by the command that the environment names."""

    def kill(self, kubectl: Kubectl) -> None:
        subprocess.run(shlex.split(os.environ[RESTART]), check=True, capture_output=True, timeout=180)
        until("the API server", lambda: kubectl.run("get", "--raw", "/readyz").stdout == "ok", seconds=120)

    def seen(self, kubectl: Kubectl) -> set[str]:
        """When it started, as it says itself."""
        figures = kubectl("get", "--raw", "/metrics")
        return {line for line in figures.splitlines() if line.startswith("process_start_time_seconds ")}


PARTS: Final[dict[str, Pods | ApiServer]] = {
    "API": Pods(names.NAMESPACE_API, f"{names.LABEL_APP}={names.API}"),
    "EventSource": Pods(names.NAMESPACE_EVENTS, f"eventsource-name={names.EVENT_SOURCE}"),
    "Sensor": Pods(names.NAMESPACE_EVENTS, f"sensor-name={names.SENSOR}"),
    "NATS": Pods(names.NAMESPACE_EVENTS, f"eventbus-name={names.EVENT_BUS}"),
    "workflow controller": Pods(names.NAMESPACE_ARGO, "app=workflow-controller"),
    "events controller": Pods("argo-events", "app=controller-manager"),
    "API server": ApiServer(),
}
MOMENTS: Final = {
    "API": ("look", "Running"),
    "EventSource": ("look", "Running"),
    "Sensor": ("look", "Running"),
    "NATS": ("look", "Running"),
    "workflow controller": ("terraform", "Running"),
    "events controller": ("look", "Succeeded"),
    "API server": ("terraform", "Running"),
}
"""Part -> node and phase of the first request's run at which it is killed. The others are asked for at the same moment,
so that their events meet the gap."""

_ORDER: Final = ("Pending", "Running", "Succeeded")


@pytest.mark.parametrize("part", PARTS)
def test_killed_in_the_middle_everything_ends_as_it_should(platform: Platform, kubectl: Kubectl, part: str) -> None:
    if part == "API server" and RESTART not in os.environ:
        pytest.skip(f"{RESTART} is not set: nothing here says how to kill and start the API server")
    killed = PARTS[part]
    with people(platform, TEAM) as (ada, _):
        first = ada.asks("/v1/storage", _spec(part, 1))
        _until_node(platform, first["run"], *MOMENTS[part])
        before = killed.seen(kubectl)

        then = datetime.now(UTC).replace(microsecond=0)  # as exact as Kubernetes says when a run ended
        killed.kill(kubectl)

        requests = [first, *(ada.asks("/v1/storage", _spec(part, number)) for number in (2, 3))]
        changed = until(f"another {part}", lambda: _other(lambda: killed.seen(kubectl), before), seconds=120)
        assert changed - before, f"the {part} is another one"

        for one in requests:
            done = ada.waits(one["id"], seconds=300)
            assert done["phase"] == "succeeded", done["message"]
            _happened_once(platform, ada, done)
            assert _ended(platform, done["run"]) >= then, f"the {part} was killed after {done['run']} had ended"
        _removed(ada, requests)


def _spec(part: str, number: int) -> dict[str, Any]:
    return {"team": TEAM, "name": f"{part.lower().replace(' ', '-')}-{number}", "containers": ["survivors"]}


def _other(look: Callable[[], set[str]], before: set[str]) -> set[str] | None:
    try:
        found = look()
    except AssertionError:
        return None
    return found if found - before else None


def _until_node(platform: Platform, run: str, node: str, phase: str) -> None:
    """Seen in that phase, or just past it where one sight was too late: then it is still the middle of three."""

    def there() -> bool:
        workflow = platform.workflow(run)
        nodes = (workflow or {}).get("status", {}).get("nodes", {}).values()
        seen = [each["phase"] for each in nodes if each["displayName"] == node]
        return bool(seen) and seen[0] in _ORDER[_ORDER.index(phase) :]

    until(f"{node} {phase} in {run}", there, seconds=180, pause=0.2)


def _happened_once(platform: Platform, ada: Person, request: dict[str, Any]) -> None:
    """One run, one permit for each step, one end; no alarm that says otherwise."""
    kinds = [entry["kind"] for entry in ada.history(request["id"])]
    assert (kinds.count("accepted"), kinds.count("started"), kinds.count("succeeded")) == (1, 1, 1)
    assert kinds.count("permitted") == 1
    assert not {"vanished", "refused-permit"} & set(kinds)
    workflow = platform.workflow(request["run"])
    assert workflow is not None
    assert workflow["status"]["phase"] == "Succeeded"


def _ended(platform: Platform, run: str) -> datetime:
    """When Kubernetes says that the run did."""
    workflow = platform.workflow(run)
    assert workflow is not None
    return datetime.fromisoformat(workflow["status"]["finishedAt"])


def _removed(ada: Person, requests: list[dict[str, Any]]) -> None:
    removals = [ada.removes(f"storage/{TEAM}/{one['name']}") for one in requests]
    for one in removals:
        done = ada.waits(one["id"], seconds=300)
        assert done["phase"] == "succeeded", done["message"]
