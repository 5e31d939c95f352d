"""The corpus against Kubernetes and Argo used without care: it must bite, or test_arrival.py shows nothing.

The other classes have their controls in tests/runner/test_controls.py. A text that does nothing by itself is named, with
the reason.
"""

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any

import httpx2
import pytest

from tests.cluster.fidelity.clients import forwarded
from tests.cluster.fidelity.templates import elsewhere
from tests.cluster.injection import careless
from tests.cluster.kubectl import Kubectl, until
from tests.runner import corpus, test_controls

CLASSES = frozenset({"argo", "kubernetes", "shell", "gjson", "sjson"})
"""Those with a control here."""

KINDS = "workflow,workflowtemplate,pod,configmap,controllerrevision,eventsource,sensor"


@pytest.fixture(scope="module")
def cluster(kubectl: Kubectl, namespace: str) -> Iterator[Kubectl]:
    """In the namespace; what the controls make there is gone before and after."""
    inside = Kubectl((*kubectl.options, "-n", namespace))
    clear = ("delete", KINDS, "-l", "idp.io/test=careless", "--ignore-not-found")
    inside(*clear)
    yield inside
    inside(*clear, "--wait=false")


def test_every_class_has_a_control() -> None:
    assert corpus.CLASSES.keys() == CLASSES | test_controls.CLASSES


def test_argo_evaluates_or_refuses_plain_values(cluster: Kubectl) -> None:
    quiet = {
        careless.HARMLESS: "harmless",
        "{{": "opens what only another text closes",
        "}}": "closes nothing",
        "{{{{=1}}}}": "no expression, since it starts with a brace",
        "{{=sprig.env('PATH')}}": "Argo has taken env away",
    }
    cluster.apply(careless.told())
    runs = {f"careless-{number}": text for number, text in enumerate([careless.HARMLESS, *corpus.ARGO])}
    cluster.apply(*(careless.workflow("told", run, {"text": text}) for run, text in runs.items()))
    came = {text: what_came(cluster, run) for run, text in runs.items()}
    assert {text for text in came if came[text] == text} == quiet.keys()
    assert came["{{workflow.name}}"] == "careless-1"
    assert came["{{=1+1}}"] == "2"
    assert came["{{=sprig.upper('fired')}}"] == "FIRED"
    assert str(came["{{inputs.parameters.request}}"]).startswith("invalid spec: ")


def what_came(cluster: Kubectl, run: str) -> str:
    """The value at the node that got it, or why there is none."""

    def look() -> str | None:
        status = cluster.json("get", "workflow", run).get("status", {})
        for node in status.get("nodes", {}).values():
            if node["displayName"] == "told":
                return str(node["inputs"]["parameters"][0]["value"])
        return str(status["message"]) if status.get("phase") == "Failed" else None

    return until(f"the node of {run}", look, seconds=120, pause=1)


def test_kubelet_expands_plain_values(cluster: Kubectl) -> None:
    cluster.apply(careless.pod())
    cluster("wait", "--for=jsonpath={.status.phase}=Succeeded", "pod/careless", "--timeout=120s")
    came = cluster("logs", "careless").splitlines()
    service = cluster.json("-n", "default", "get", "service", "kubernetes")["spec"]["clusterIP"]
    target = cluster.json("get", "configmap", "runner")["data"]["IDP_TARGET"]
    assert dict(zip(corpus.KUBERNETES, came, strict=True)) == {
        "$(IDP_RUN)": "a-run",
        "$$(IDP_RUN)": "$(IDP_RUN)",
        "$(X)": "an x",
        "$(IDP_TARGET)": target,
        "$(KUBERNETES_SERVICE_HOST)": service,
    }


def test_a_step_runs_what_is_pasted_into_its_command(cluster: Kubectl) -> None:
    cluster.apply(careless.shell())
    values = {f"text-{number}": text for number, text in enumerate(careless.SHELL)}
    cluster.apply(careless.workflow("shell", "careless-shell", values))
    pod = until("the step's pod", lambda: pod_of(cluster, "careless-shell"), seconds=120, pause=1)
    lines = [line.split("|") for line in cluster("logs", pod, "-c", "main").splitlines() if line.startswith("text-")]
    assert len(lines) == len(careless.SHELL)
    for name, files, echo, printf in lines:
        text = values[name]
        told = [decoded(echo), decoded(printf), "fired" in files, text in files]
        literally = [f"{text}\n", text, False, True]
        assert (told == literally) == (text == careless.HARMLESS), text


def pod_of(cluster: Kubectl, run: str) -> str | None:
    """Once it is over."""
    for pod in cluster.json("get", "pods", "-l", f"workflows.argoproj.io/workflow={run}"):
        if pod["status"]["phase"] in {"Succeeded", "Failed"}:
            return str(pod["metadata"]["name"])
    return None


def decoded(text: str) -> str:
    return base64.b64decode(text).decode(errors="replace")


@pytest.fixture(scope="module")
def written(cluster: Kubectl, namespace: str, event_source: httpx2.Client) -> Mapping[str, Any]:  # noqa: ARG001 - its bus
    """What a Sensor made of one event with paths made of values: objects by name."""
    cluster.apply(*(elsewhere(manifest, namespace) for manifest in careless.access()))
    cluster.apply(careless.event_source(), careless.sensor())
    until("the Sensor's subscription", lambda: subscribed(cluster), seconds=180, pause=1)
    with forwarded(cluster, namespace, "service/careless-eventsource-svc", 12000) as address:
        httpx2.post(f"{address}/careless", json=careless.event(), timeout=60).raise_for_status()
    sights: list[dict[str, Any]] = [{}]

    def settled() -> bool:
        """Creating is rate limited, and in no order: seen when for five looks nothing came."""
        sights.append(found(cluster))
        return "careless-last" in sights[-1] and sights[-1].keys() == sights[-min(6, len(sights))].keys()

    until("what the triggers make", settled, seconds=120, pause=1)
    return sights[-1]


def subscribed(cluster: Kubectl) -> bool:
    """Each trigger says so."""
    log = cluster.run("logs", "-l", "sensor-name=careless", "--tail=-1").stdout
    return log.count("started subscribing to events") >= len(careless.sensor()["spec"]["triggers"])


def found(cluster: Kubectl) -> dict[str, Any]:
    return {
        made["metadata"]["name"]: made
        for made in cluster.json("get", "configmap,controllerrevision", "-l", "idp.io/test=careless")
    }


def test_gjson_finds_something_else_at_a_path_made_of_a_value(written: Mapping[str, Any]) -> None:
    quiet = {careless.HARMLESS, "0", "#", '#(a%"*")#'}
    """Of lists alone; here it is an object."""
    for number, text in enumerate(careless.GJSON):
        made = written.get(f"careless-gjson-{number}", {"data": {}})
        bites = made["data"].get("value") != f"{careless.LITERAL} {number}"
        assert bites == (text not in quiet), text


def test_sjson_writes_somewhere_else_at_a_path_made_of_a_value(written: Mapping[str, Any]) -> None:
    quiet = {careless.HARMLESS, "-1"}
    """The end of a list alone."""
    for number, text in enumerate(careless.SJSON):
        made = written.get(f"careless-sjson-{number}", {"data": {}})
        bites = made["data"] != {text: careless.LITERAL}
        assert bites == (text not in quiet), text


def test_go_reads_more_numbers_in_pasted_yaml_than_python(cluster: Kubectl) -> None:
    for text in ("y", "1e3", "0o14"):
        assert text in corpus.YAML
        pasted = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: careless}}\ndata: {{text: {text}}}\n"
        done = cluster.run("create", "--dry-run=client", "-o", "json", "-f", "-", stdin=pasted)
        assert done.returncode or json.loads(done.stdout)["data"]["text"] != text, text
