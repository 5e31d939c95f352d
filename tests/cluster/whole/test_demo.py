"""The demo's requests through the API in the cluster: PostgreSQL, Argo Events, Argo Workflows, Terraform and Ansible, all real."""

import base64
import gzip
import json
import re
from typing import Any

import pytest

from idp import names
from tests.cluster.installed import ROOT, Platform
from tests.cluster.kubectl import Kubectl, until
from tests.cluster.whole.asking import people

NAMESPACE = "env-payments-checkout"
STATES = ("payments/environments/checkout", "payments/storage/ledger")


def succeeded(done: Any) -> Any:
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def in_namespace(kubectl: Kubectl, kind: str) -> list[str]:
    return sorted(each["metadata"]["name"] for each in kubectl.json("-n", NAMESPACE, "get", kind))


def managed_resources(kubectl: Kubectl) -> list[str]:
    """Secrets of Terraform's states of the team that are not empty."""
    return [each["metadata"]["name"] for each in _states(kubectl)]


def _states(kubectl: Kubectl) -> list[dict[str, Any]]:
    secrets = kubectl.json("-n", names.NAMESPACE_STATE, "get", "secrets")
    return [each for each in secrets if each["metadata"]["name"].startswith("tfstate-default-payments.")]


@pytest.fixture(scope="module")
def made(platform: Platform) -> dict[str, Any]:
    """An environment from its example file, by the command line, until it is there."""
    environment = succeeded(platform.idp("--json", "request", "-f", str(ROOT / "examples/environment.yaml"), "--wait"))
    return dict(environment)


def test_an_environment_is_a_namespace_with_all_that_belongs_to_it(
    made: dict[str, Any], platform: Platform, kubectl: Kubectl
) -> None:
    assert made["phase"] == "succeeded"
    assert made["outputs"]["namespace"] == NAMESPACE

    found = kubectl.json("get", "namespace", NAMESPACE)["metadata"]["labels"]
    assert found["pod-security.kubernetes.io/enforce"] == "restricted"
    assert (found["idp.io/team"], found["idp.io/stage"]) == ("payments", "dev")
    (quota,) = kubectl.json("-n", NAMESPACE, "get", "resourcequota")
    assert quota["spec"]["hard"]["limits.cpu"] == "8"
    assert quota["spec"]["hard"]["limits.memory"] == "16Gi"
    assert in_namespace(kubectl, "networkpolicies") == ["allow-own-dns-and-edge", "default-deny"]
    assert in_namespace(kubectl, "limitranges") == ["defaults"]
    assert in_namespace(kubectl, "rolebindings") == ["team"]
    assert "workload" in in_namespace(kubectl, "serviceaccounts")

    workflow = platform.workflow(made["run"])
    assert workflow is not None
    assert workflow["metadata"]["labels"][names.LABEL_REQUEST] == made["id"]
    assert made["links"]["ui"] == f"https://argoworkflows.packetdance.com/workflows/idp-runs/{made['run']}"


def test_its_history_is_a_stream_that_can_be_taken_up_again(made: dict[str, Any], platform: Platform) -> None:
    with platform.client("ada", teams=["payments"]) as ada:
        told = _events(ada, made["id"], after=0)
        # The run may be seen before the EventSource's answer is: then it was never only handed over.
        assert [kind for kind in told.values() if kind not in {"step", "dispatched"}] == [
            "accepted", "started", "planned", "permitted", "permitted", "succeeded",
        ]  # fmt: skip
        assert list(told) == list(range(1, len(told) + 1))
        assert _events(ada, made["id"], after=3) == {number: kind for number, kind in told.items() if number > 3}


def _events(client: Any, request: str, *, after: int) -> dict[int, str]:
    """Sequence -> kind, until the stream ends."""
    headers = {"Accept": "text/event-stream", "Last-Event-ID": str(after)}
    with client.stream("GET", f"/v1/requests/{request}/history", headers=headers) as answer:
        text = "".join(answer.iter_text())
    return {int(number): kind for number, kind in re.findall(r"id: (\d+)\nevent: ([a-z-]+)\n", text)}


def test_its_steps_logs_are_read_through_the_api(made: dict[str, Any], platform: Platform) -> None:
    logs = platform.idp("logs", made["id"]).stdout
    assert re.search(r"^look \| .* changes; plan [0-9a-f]{64}", logs, re.MULTILINE)
    assert "Apply complete!" in logs
    assert "PLAY RECAP" in logs


@pytest.mark.usefixtures("made")
def test_settings_reach_it(platform: Platform, kubectl: Kubectl) -> None:
    done = succeeded(platform.idp("--json", "request", "-f", str(ROOT / "examples/settings.yaml"), "--wait"))
    assert done["phase"] == "succeeded"
    settings = kubectl.json("-n", NAMESPACE, "get", "configmap", "application-settings")
    assert settings["data"] == {"LOG_LEVEL": "debug", "CURRENCY": "EUR"}


@pytest.mark.usefixtures("made")
def test_what_is_changed_by_hand_is_found(platform: Platform, kubectl: Kubectl) -> None:
    patch = json.dumps({"spec": {"hard": {"limits.cpu": "64"}}})
    kubectl("-n", NAMESPACE, "patch", "resourcequota", "quota", "--type=merge", "-p", patch)

    with people(platform, "payments") as (ada, _):
        request = ada.answered("POST", "/v1/environments/payments/checkout/inspect")
        assert ada.waits(request["id"])["plan"]["changes"] > 0
        assert ada.reads("/v1/environments/payments/checkout")["status"] == "drifted"


def test_production_storage_waits_for_another_person(platform: Platform, kubectl: Kubectl) -> None:
    filed = platform.idp("--json", "request", "-f", str(ROOT / "examples/storage-in-production.yaml"))
    request = succeeded(filed)
    with people(platform, "payments") as (ada, grace):
        waiting = ada.waits(request["id"], phase="awaiting-approval")
        assert waiting["phase"] == "awaiting-approval"
        own = platform.idp("approve", request["id"], "--yes")
        assert own.returncode == 3
        assert "ada asked for this" in own.stderr

        grace.approves(request["id"])
        done = ada.waits(request["id"])

        assert done["phase"] == "succeeded", done["message"]
        assert done["outputs"]["containers"] == ["bookings", "exports"]
        assert len(managed_resources(kubectl)) >= 1

        removal = ada.removes("storage/payments/ledger")
        ada.waits(removal["id"], phase="awaiting-approval")
        grace.approves(removal["id"])
        assert ada.waits(removal["id"])["phase"] == "succeeded"


@pytest.mark.usefixtures("made")
def test_removed_it_leaves_no_trace(platform: Platform, kubectl: Kubectl) -> None:
    done = platform.idp("--json", "delete", "environments/payments/checkout", "--wait")
    assert succeeded(done)["phase"] == "succeeded"

    until("the namespace's end", lambda: kubectl.run("get", "namespace", NAMESPACE).returncode != 0, seconds=90)
    assert _left(kubectl) == []
    assert _locks(kubectl) == []


def _left(kubectl: Kubectl) -> list[str]:
    """Resources in the states of what this module made."""
    found = []
    for secret in _states(kubectl):
        state = json.loads(gzip.decompress(base64.b64decode(secret["data"]["tfstate"])))
        found += [each["type"] for each in state["resources"] if each["mode"] == "managed"]
    return found


def _locks(kubectl: Kubectl) -> list[str]:
    """Held ones."""
    leases = kubectl.json("-n", names.NAMESPACE_STATE, "get", "leases")
    return [each["metadata"]["name"] for each in leases if each["spec"].get("holderIdentity")]


def test_nothing_was_lost_duplicated_or_orphaned(platform: Platform) -> None:
    with platform.client("olga", roles=["operator"]) as olga:
        figures = olga.get("/metrics").text
    for what in ("lost", "duplicated", "vanished", "crashed"):
        assert f'idp_delivery{{what="{what}"}} 0.0' in figures, figures


def test_the_person_is_what_the_tokens_say(platform: Platform) -> None:
    with platform.client("mallory", teams=["search"]) as mallory:
        refused = mallory.get("/v1/environments/payments/checkout")
        assert refused.status_code == 404
    with platform.client("ada", teams=["payments"]) as ada:
        ada.headers["Authorization"] = ada.headers["Authorization"][:-8] + "AAAAAAAA"
        assert ada.get("/v1/me").status_code == 401
