"""What was applied is in force, and stays as it is applied."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from idp import names
from idp.installation.network import network_policies
from tests.cluster.asking import Asking, asking
from tests.cluster.installed import overlay
from tests.cluster.kubectl import Kubectl, until
from tests.installation.judging import ADMIN, API, SENSOR, workflow

pytestmark = pytest.mark.usefixtures("platform")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Asking]:
    with asking() as found:
        yield found


def test_applying_it_again_would_change_nothing(kubectl: Kubectl) -> None:
    done = kubectl.run("diff", "-k", str(overlay()))

    assert (done.returncode, done.stdout) == (0, "")


def test_a_node_may_be_emptied_of_one_server_at_a_time(kubectl: Kubectl) -> None:
    def both() -> bool:
        status = kubectl.json("-n", names.NAMESPACE_API, "get", "pdb", names.API)["status"]
        return (status["currentHealthy"], status["disruptionsAllowed"]) == (2, 1)

    until("two servers, of which one may go", both)


def selected(policy: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Namespace and labels of pods that a policy names: its own, and the other ends within namespaces that are named."""
    own, spec = policy["metadata"]["namespace"], policy["spec"]
    yield own, labels(spec["podSelector"])
    for rule in (*spec.get("ingress", ()), *spec.get("egress", ())):
        for peer in (*rule.get("from", ()), *rule.get("to", ())):
            spaces = peer.get("namespaceSelector", {}).get("matchLabels", {names.LABEL_NAMESPACE: own})
            if names.LABEL_NAMESPACE in spaces:
                yield spaces[names.LABEL_NAMESPACE], labels(peer.get("podSelector", {}))


def labels(selector: dict[str, Any]) -> str:
    return ",".join(f"{key}={value}" for key, value in selector.get("matchLabels", {}).items())


def test_every_pod_that_a_network_policy_names_is_there(kubectl: Kubectl) -> None:
    """No network here may enforce them; a label that no pod has would be found by the first that does."""
    wanted = {pair for each in network_policies() for pair in selected(each) if pair[1]}
    found = {
        (space, label): kubectl("-n", space, "get", "pods", "-l", label, "-o", "name").split()
        for space, label in wanted
    }

    assert len(wanted) == 4
    assert [pair for pair, pods in found.items() if not pods] == []


_RUNS = f"/apis/argoproj.io/v1alpha1/namespaces/{names.NAMESPACE_RUNS}"


def test_an_administrator_cannot_make_a_run_by_hand(cluster: Asking) -> None:
    answer = cluster("POST", f"{_RUNS}/workflows", body=workflow())

    assert answer.status == 403
    assert answer.message.endswith("Workflows here are created by idp's Sensor alone: ask the API.")


def test_the_sensor_makes_it_with_the_rights_it_has(cluster: Asking) -> None:
    answer = cluster("POST", f"{_RUNS}/workflows", user=SENSOR, body=workflow())

    assert answer.status == 201, answer.message


def test_the_sensor_makes_nothing_else(cluster: Asking) -> None:
    other = json.loads(json.dumps(workflow()).replace('"entrypoint": "provision"', '"entrypoint": "gate"'))

    answer = cluster("POST", f"{_RUNS}/workflows", user=SENSOR, body=other)

    assert answer.status == 403
    assert answer.message.endswith("entrypoint must be a verb of the capability.")


def test_nobody_makes_a_pod_with_the_account_of_a_step(cluster: Asking) -> None:
    container = {
        "name": "main",
        "image": "example.com/any:1",
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }
    body = {
        "metadata": {"name": "by-hand"},
        "spec": {
            "serviceAccountName": "apply",
            "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [container],
        },
    }

    answer = cluster("POST", f"/api/v1/namespaces/{names.NAMESPACE_RUNS}/pods", body=body)

    assert answer.status == 403
    assert "Pods here are made, changed and entered by Argo's controller alone" in answer.message


@pytest.mark.parametrize("user", [API, SENSOR])
def test_who_has_no_right_to_a_template_has_none(cluster: Asking, user: str) -> None:
    body = {"metadata": {"labels": {"changed": "true"}}}

    answer = cluster("PATCH", f"{_RUNS}/workflowtemplates/environments", user=user, body=body, patch=True)

    assert answer.status == 403


def test_a_deployer_changes_a_template(cluster: Asking) -> None:
    body = {"metadata": {"labels": {"changed": "true"}}}

    answer = cluster(
        "PATCH",
        f"{_RUNS}/workflowtemplates/environments",
        user=ADMIN,
        groups=("system:masters",),
        body=body,
        patch=True,
    )

    assert answer.status == 200, answer.message


def test_the_event_source_takes_nothing_without_its_token(cluster: Asking) -> None:
    service = f"{names.EVENT_SOURCE}-eventsource-svc:{names.EVENT_SOURCE_PORT}"

    answer = cluster(
        "POST", f"/api/v1/namespaces/{names.NAMESPACE_EVENTS}/services/{service}/proxy/environments", body={}, dry=False
    )

    assert (answer.status, answer.message) == (401, "Invalid Authorization Header")
