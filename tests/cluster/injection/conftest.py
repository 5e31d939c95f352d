"""EventSource, bus and Sensor of a test-only catalogue, in the namespace of these tests."""

import base64
import secrets
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from idp import names
from idp.render.objects import objects
from tests.cluster.fidelity.clients import forwarded
from tests.cluster.fidelity.namespace import built, ready
from tests.cluster.fidelity.templates import Manifest, elsewhere, with_image
from tests.cluster.kubectl import Kubectl, KubectlError, until
from tests.runner.echo import CATALOG

REFERENCE = "tests.runner.echo:CATALOG"


@pytest.fixture(scope="session")
def namespace(kubectl: Kubectl) -> str:
    """Ready for runs."""
    return ready(kubectl)


@pytest.fixture(scope="session")
def event_source(kubectl: Kubectl, namespace: str) -> Iterator[httpx2.Client]:
    """A client of the EventSource, once the Sensor listens."""
    image = built(Path(__file__).with_name("runner"), "idp-test/injection-runner:1")
    files = objects(CATALOG, REFERENCE)
    chosen = [file for file in files if file.startswith(("events/", "runs/templates/"))]
    kubectl.apply(_secret(kubectl, namespace))
    kubectl.apply(*(_fit(manifest, namespace, image) for file in chosen for manifest in files[file]))
    until("the Sensor's subscription", lambda: _subscribed(kubectl, namespace), seconds=120, pause=1)
    token = kubectl.json("-n", namespace, "get", "secret", names.EVENT_SOURCE_SECRET)["data"]["token"]
    headers = {"Authorization": f"Bearer {base64.b64decode(token).decode()}", "Content-Type": "application/json"}
    service = f"service/{names.EVENT_SOURCE}-eventsource-svc"
    with (
        forwarded(kubectl, namespace, service, names.EVENT_SOURCE_PORT) as address,
        httpx2.Client(base_url=address, headers=headers, timeout=60) as client,
    ):
        yield client
    kubectl("-n", namespace, "delete", "workflow", "-l", f"{names.LABEL_CAPABILITY}=echoes", "--wait=false")


def _fit(manifest: Manifest, namespace: str, image: str) -> Manifest:
    moved = elsewhere(manifest, namespace)
    match moved["kind"]:
        case "EventBus":
            moved["spec"] = {"jetstream": {"version": "2.10.29", "replicas": 1, "streamConfig": "replicas: 1\n"}}
        case "EventSource":
            moved["spec"]["replicas"] = 1
        case "Sensor":
            for trigger in moved["spec"]["triggers"]:
                trigger["template"]["k8s"]["source"]["resource"]["metadata"]["namespace"] = namespace
        case "WorkflowTemplate":
            return with_image(moved, image)
    return moved


def _secret(kubectl: Kubectl, namespace: str) -> Manifest:
    """The one that is there, or a new one."""
    try:
        found: Manifest = kubectl.json("-n", namespace, "get", "secret", names.EVENT_SOURCE_SECRET)
    except KubectlError:
        metadata = {"name": names.EVENT_SOURCE_SECRET, "namespace": namespace}
        return {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": metadata,
            "stringData": {"token": secrets.token_hex(32)},
        }
    return {key: found[key] for key in ("apiVersion", "kind", "data")} | {
        "metadata": {"name": names.EVENT_SOURCE_SECRET, "namespace": namespace}
    }


def _subscribed(kubectl: Kubectl, namespace: str) -> bool:
    log = kubectl.run("-n", namespace, "logs", "-l", f"sensor-name={names.SENSOR}", "--tail=-1").stdout
    return "started subscribing to events" in log
