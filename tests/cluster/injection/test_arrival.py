"""Hostile strings past the API's types: a real EventSource, Sensor and Workflow; every byte arrives, and nothing happens."""

import json
from collections.abc import Mapping
from typing import Any

import httpx2
import pytest

from idp import names
from idp.events.body import EventBody
from idp.events.wire import wire
from idp.lifecycle.ids import next_id
from tests.cluster.kubectl import Kubectl, until
from tests.runner import corpus

CAPABILITY = "echoes"


@pytest.fixture(scope="module")
def sent(event_source: httpx2.Client) -> Mapping[str, EventBody]:
    """An event with each class of texts, all on their way at once."""
    events = {kind: body(request(texts)) for kind, texts in corpus.CLASSES.items()}
    for event in events.values():
        answer = event_source.post(names.endpoint(CAPABILITY), content=event.encoded())
        assert (answer.status_code, answer.text.strip()) == (200, "success")
    return events


@pytest.mark.parametrize("kind", corpus.CLASSES)
def test_every_string_arrives_byte_by_byte_and_does_nothing(
    kind: str, kubectl: Kubectl, namespace: str, sent: Mapping[str, EventBody]
) -> None:
    event = sent[kind]
    workflow = ended(kubectl, namespace, event.run)
    told = wire(event.request)
    assert outputs(workflow) == {"changes": "1", "digest": "0", "plan-sha256": "0", "summary": told, "outputs": told}
    assert json.loads(told)["texts"] == corpus.CLASSES[kind]
    assert phases(workflow) == {
        event.run: "Succeeded",
        "look": "Succeeded",
        "look(0)": "Succeeded",
        "gate": "Skipped",
        "terraform": "Succeeded",
        "playbook-echo": "Succeeded",
    }
    assert said(kubectl, namespace, workflow, "playbook-echo") == {
        "words": "playbook echoes playbook-echo present",
        "request": told,
        "outputs": told,
        "files": "",
    }
    assert made_by_the_sensor(workflow) == {
        "labels": {
            names.LABEL_CAPABILITY: CAPABILITY,
            names.LABEL_REQUEST: event.id,
            names.LABEL_TEAM: "payments",
            names.LABEL_VERB: "provision",
        },
        "entrypoint": "provision",
        "arguments": {"request": told, "resource": event.resource, "approval": "none"},
    }


def test_whoever_asks_may_be_called_anything(kubectl: Kubectl, namespace: str, event_source: httpx2.Client) -> None:
    """An annotation, which nobody evaluates. The event's other words are the platform's own: the API takes no others."""
    event = body(request([]), requester="".join(corpus.LEGAL))
    event_source.post(names.endpoint(CAPABILITY), content=event.encoded()).raise_for_status()
    workflow = ended(kubectl, namespace, event.run)
    assert workflow["status"]["phase"] == "Succeeded"
    assert workflow["metadata"]["annotations"][names.ANNOTATION_REQUESTER] == "".join(corpus.LEGAL)


def request(texts: list[str]) -> dict[str, Any]:
    """Each text as a value, as a name, and with all the others in one."""
    named = {f"{number} {text}": text for number, text in enumerate(texts)}
    return {"team": "payments", "name": "checkout", "text": "".join(texts), "texts": texts, "named": named}


def body(request: dict[str, Any], **other: str) -> EventBody:
    """An event of its own."""
    id_ = next_id()
    fixed = {
        "id": id_,
        "run": names.run(CAPABILITY, id_),
        "capability": CAPABILITY,
        "resource": names.resource(CAPABILITY, "payments", id_),
        "verb": "provision",
        "team": "payments",
        "requester": "ada@example.com",
        "approval": "none",
        "issued_at": "2026-01-01T00:00:00Z",
        "traceparent": "",
    }
    return EventBody(**fixed | other, request=request)


def ended(kubectl: Kubectl, namespace: str, run: str) -> Any:
    """The Workflow, once it is over."""

    def look() -> Any:
        found = kubectl.run("-n", namespace, "get", "workflow", run, "-o", "json")
        workflow = json.loads(found.stdout) if found.returncode == 0 else {}
        return workflow if workflow.get("status", {}).get("finishedAt") else None

    return until(f"the end of {run}", look, seconds=300, pause=1)


def outputs(workflow: Any) -> dict[str, str]:
    return {found["name"]: found["value"] for found in workflow["status"]["outputs"]["parameters"]}


def phases(workflow: Any) -> dict[str, str]:
    return {node["displayName"]: node["phase"] for node in workflow["status"]["nodes"].values()}


def said(kubectl: Kubectl, namespace: str, workflow: Any, node: str) -> dict[str, str]:
    """What the node's step wrote to its log, line by line."""
    selector = f"workflows.argoproj.io/workflow={workflow['metadata']['name']}"
    for pod in kubectl.json("-n", namespace, "get", "pods", "-l", selector):
        if pod["metadata"]["annotations"]["workflows.argoproj.io/node-name"].endswith(f".{node}"):
            log = kubectl("-n", namespace, "logs", pod["metadata"]["name"], "-c", "main")
            lines = (line.partition(": ") for line in log.splitlines() if not line.startswith("time="))
            return {name: text.strip() for name, _, text in lines}
    raise AssertionError(f"{node} has no pod")  # noqa: EM102, TRY003 - no message of ours


def made_by_the_sensor(workflow: Any) -> dict[str, Any]:
    """What the event says, where the Sensor put it; Argo's own labels aside."""
    labels = {name: value for name, value in workflow["metadata"]["labels"].items() if name.startswith(names.LABEL)}
    spec = workflow["spec"]
    arguments = {argument["name"]: argument["value"] for argument in spec["arguments"]["parameters"]}
    return {"labels": labels, "entrypoint": spec["entrypoint"], "arguments": arguments}
