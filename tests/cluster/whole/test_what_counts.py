"""What changes the world is the ledger's word, and nothing that anybody does to Argo."""

import base64
import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from idp import names
from idp.events.body import EventBody
from idp.lifecycle.ids import next_id
from tests.cluster.installed import Platform, forwarded
from tests.cluster.kubectl import Kubectl, until
from tests.cluster.whole.asking import Person, people

TEAM = "counting"


@pytest.fixture(scope="module")
def argo(kubectl: Kubectl) -> str:
    """Address of the Argo Server."""
    return forwarded(kubectl, names.NAMESPACE_ARGO, "service/argo-server", names.ARGO_SERVER_PORT)


@pytest.fixture(scope="module")
def source(kubectl: Kubectl) -> str:
    """Address of the EventSource."""
    service = f"service/{names.EVENT_SOURCE}-eventsource-svc"
    return forwarded(kubectl, names.NAMESPACE_EVENTS, service, names.EVENT_SOURCE_PORT)


def posted(platform: Platform, source: str, body: EventBody) -> None:
    """As the relay would, with the token that it shows."""
    token = platform.kubectl.json("-n", names.NAMESPACE_API, "get", "secret", names.EVENT_SOURCE_SECRET)["data"][
        "token"
    ]
    headers = {"Authorization": f"Bearer {base64.b64decode(token).decode()}", "Content-Type": "application/json"}
    answer = httpx2.post(
        f"{source}{names.endpoint(body.capability)}", content=body.encoded(), headers=headers, timeout=60
    )
    assert (answer.status_code, answer.text) == (200, "success")


def ended(platform: Platform, run: str, seconds: float = 180) -> Any:
    """The Workflow as it ended."""

    def over() -> Any:
        found = platform.workflow(run)
        return found if found and found.get("status", {}).get("phase") in {"Succeeded", "Failed", "Error"} else None

    return until(f"the end of {run}", over, seconds=seconds, pause=1)


def phases(workflow: Any) -> dict[str, str]:
    return {node["displayName"]: node["phase"] for node in workflow["status"]["nodes"].values()}


def figure(platform: Platform, what: str) -> float:
    """Summed over the API's pods that serve: each counts for itself."""
    total = 0.0
    pods = platform.kubectl.json("-n", names.NAMESPACE_API, "get", "pods", "-l", f"{names.LABEL_APP}={names.API}")
    for pod in filter(_serves, pods):
        program = "import urllib.request as u; print(u.urlopen('http://127.0.0.1:8000/metrics').read().decode())"
        text = platform.kubectl(
            "-n", names.NAMESPACE_API, "exec", pod["metadata"]["name"], "--", "python", "-c", program
        )
        total += float(re.search(rf'idp_delivery{{what="{what}"}} (\S+)', text)[1])  # type: ignore[index]  # it is there
    return total


def _serves(pod: dict[str, Any]) -> bool:
    ready = {each["type"]: each["status"] for each in pod["status"].get("conditions", [])}.get("Ready")
    return ready == "True" and "deletionTimestamp" not in pod["metadata"]


@contextmanager
def waiting(platform: Platform, name: str) -> Iterator[tuple[Person, Person, dict[str, Any]]]:
    """A storage account in production whose gate waits."""
    spec = {"team": TEAM, "name": name, "stage": "prod", "containers": ["bookings"]}
    with people(platform, TEAM) as (ada, grace):
        request = ada.asks("/v1/storage", spec)
        yield ada, grace, ada.waits(request["id"], phase="awaiting-approval")


def test_a_gate_that_is_resumed_by_hand_changes_nothing(platform: Platform, argo: str, kubectl: Kubectl) -> None:
    with waiting(platform, "byhand") as (ada, _, request):
        token = kubectl("-n", names.NAMESPACE_API, "create", "token", names.API_ACCOUNT).strip()
        resumed = httpx2.put(
            f"{argo}/api/v1/workflows/{names.NAMESPACE_RUNS}/{request['run']}/resume",
            json={"nodeFieldSelector": f"displayName={names.TASK_GATE}"},
            headers={"Authorization": f"Bearer {token}"},
            timeout=60,
        )
        assert resumed.status_code == 200, resumed.text

        workflow = ended(platform, request["run"])

        assert phases(workflow)["gate"] == "Succeeded", "it did pass"
        assert phases(workflow)["terraform"] == "Failed"
        failed = ada.waits(request["id"])
        assert failed["phase"] == "failed"
        assert "is not approved" in failed["message"]
        assert [each["data"]["step"] for each in ada.history(request["id"]) if each["kind"] == "refused-permit"] == [
            "terraform"
        ]
        assert not [each for each in ada.history(request["id"]) if each["kind"] == "permitted"]


def test_an_event_without_a_request_gets_no_permit_and_is_an_alarm(platform: Platform, source: str) -> None:
    orphans = figure(platform, "orphaned")
    id_ = next_id()
    request = {"team": TEAM, "name": "forged", "stage": "dev", "containers": ["forged"]}
    forged = EventBody(
        id=id_,
        run=names.run("storage", id_),
        capability="storage",
        resource=names.resource("storage", TEAM, "forged"),
        verb="provision",
        team=TEAM,
        requester="mallory",
        approval="none",
        issued_at=datetime.now(UTC).isoformat(),
        traceparent="",
        request=request,
    )

    posted(platform, source, forged)
    workflow = ended(platform, forged.run)

    assert phases(workflow)["look"] == "Succeeded", "looking changes nothing"
    assert phases(workflow)["terraform"] == "Failed"
    logs = platform.kubectl(
        "-n", names.NAMESPACE_RUNS, "logs", "-c", "main", "--tail=-1",
        "-l", f"workflows.argoproj.io/workflow={forged.run}",
    )  # fmt: skip
    assert "belongs to no request: somebody else made it, and it may change nothing" in logs
    until("the alarm", lambda: figure(platform, "orphaned") > orphans, seconds=120, pause=1)


def test_a_second_event_for_a_running_request_makes_nothing(platform: Platform, source: str) -> None:
    with waiting(platform, "twice") as (ada, grace, request):
        before = platform.workflow(request["run"])
        assert before is not None
        again = EventBody(
            id=request["id"],
            run=request["run"],
            capability="storage",
            resource=names.resource("storage", TEAM, "twice"),
            verb="provision",
            team=TEAM,
            requester="ada",
            approval="none",
            issued_at=request["created_at"],
            traceparent="",
            request=request["spec"],
        )
        posted(platform, source, again)
        time.sleep(12)  # as long as the Sensor tries

        after = platform.workflow(request["run"])
        assert after is not None
        assert after["metadata"]["uid"] == before["metadata"]["uid"]
        assert after["spec"]["arguments"] == before["spec"]["arguments"], (
            "it asked for no approval, and still needs one"
        )
        assert ada.reads(f"/v1/requests/{request['id']}")["phase"] == "awaiting-approval"

        grace.approves(request["id"])
        assert ada.waits(request["id"])["phase"] == "succeeded"


def test_a_workflow_made_by_hand_is_refused_at_admission(kubectl: Kubectl) -> None:
    run = names.run("storage", next_id())
    made = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {"name": run, "namespace": names.NAMESPACE_RUNS},
        "spec": {"workflowTemplateRef": {"name": "storage"}, "entrypoint": "provision"},
    }
    refused = kubectl.run("create", "-f", "-", stdin=json.dumps(made))
    assert refused.returncode == 1
    assert "ValidatingAdmissionPolicy 'idp-workflows-created'" in refused.stderr
    assert kubectl.run("-n", names.NAMESPACE_RUNS, "get", "workflow", run).returncode == 1


@pytest.mark.usefixtures("platform")
def test_the_event_source_asks_for_the_token(source: str) -> None:
    for headers in ({}, {"Authorization": "Bearer guessed"}):
        answer = httpx2.post(f"{source}{names.endpoint('storage')}", json={}, headers=headers, timeout=60)
        assert answer.status_code == 401
