"""Both capabilities on the sandbox, step by step, with real Terraform and real Ansible."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from idp import names
from idp.runner.digests import digest
from tests.runner.permits import Permits
from tests.runner.steps import Run

OUTPUTS = {
    "namespace": "env-payments-checkout",
    "host": "checkout-payments.packetdance.com",
    "resource_group": "rg-environments.payments.checkout",
    "workload_identity": "id-payments-checkout",
    "key_vault": "kvpaymentschd54e0415790b",
}


def _state(cloud: Path, key: str) -> dict[str, object]:
    state: dict[str, object] = json.loads((cloud / "state" / key / "terraform.tfstate").read_text())
    return state


def test_an_environment_is_planned_made_inspected_changed_and_removed(
    run: Callable[..., Run], permits: Permits, capfd: pytest.CaptureFixture[str]
) -> None:
    environment = run("environments")

    looked = environment.look("provision")
    assert int(looked.left("changes")) == len(looked.summary["resources"]) == 8
    assert looked.left("digest") == digest(looked.left("plan-sha256"), "runner:1", looked.environment["IDP_REQUEST"])
    assert looked.summary["outputs"] == sorted(OUTPUTS)
    assert {change["actions"][0] for change in looked.summary["resources"]} == {"create"}
    assert "packetdance.com" not in looked.left("summary"), "names of attributes, never values"
    assert environment.world == []
    assert permits.asked == [], "looking needs no permit"

    applied = environment.change(looked, "apply", "environments").done()
    assert json.loads(applied.left("outputs")) == OUTPUTS
    assert permits.asked == [("/v1/permits", "Bearer a-token", {"digest": looked.left("digest")})]
    assert len(environment.world) == 4

    environment.playbook("playbook-environment", "present", IDP_OUTPUTS=applied.left("outputs")).done()
    assert len(permits.asked) == 2
    bundle = environment.cloud / "world" / "namespace.env-payments-checkout" / "namespace.yaml"
    kinds = [one["kind"] for one in yaml.safe_load_all(bundle.read_text())]
    assert kinds == [
        "Namespace", "ResourceQuota", "LimitRange", "NetworkPolicy", "NetworkPolicy", "RoleBinding", "ServiceAccount",
    ]  # fmt: skip

    larger = run("environments", cpu=8)
    previewed = larger.look("provision")
    assert previewed.left("changes") == "1", "Terraform has nothing to do, and of the playbook one task"
    assert previewed.summary["resources"] == []
    assert "+        limits.cpu: '8'" in previewed.summary["text"]
    assert "cpu: '4'" in bundle.read_text(), "a preview changes nothing"

    removal = environment.look("deprovision")
    assert removal.left("changes") == "8"
    environment.playbook("playbook-environment", "absent").done()
    assert len(environment.world) == 4
    environment.change(removal, "destroy", "environments").done()
    assert environment.world == []
    assert not list((environment.cloud / "world").iterdir())
    assert _state(environment.cloud, names.state_key("payments", "environments", "checkout"))["resources"] == []
    assert "a-token" not in "".join(capfd.readouterr())


def test_storage_drift_is_found_and_mended(run: Callable[..., Run]) -> None:
    storage = run("storage", containers=["invoices", "exports"], environment="checkout")
    applied = storage.provisioned()
    outputs = json.loads(applied.left("outputs"))
    assert outputs["containers"] == ["exports", "invoices"]
    assert outputs["resource_group"] == "rg-environments.payments.checkout", "its environment's"

    assert storage.step("inspect", "storage").done().left("changes") == "0"
    account = storage.cloud / "world" / storage.world[0]
    account.unlink()
    time.sleep(1.1)  # a revision is the second in which it was planned
    inspected = storage.step("inspect", "storage").done()
    assert inspected.left("changes") == "1"
    assert inspected.summary["findings"] == [
        {
            "kind": "check",
            "address": "module.storage_account.check.unchanged",
            "detail": f"The storage-account {outputs['storage_account']} is gone or was changed by hand.",
        }
    ]
    assert not account.exists(), "inspecting mends nothing"

    storage.provisioned()
    assert account.exists()
    assert storage.step("inspect", "storage").done().left("changes") == "0"


def test_settings_not_named_stay_and_need_their_environment(
    run: Callable[..., Run], capfd: pytest.CaptureFixture[str]
) -> None:
    first = run("configurations", settings={"LOG_LEVEL": "debug"})
    first.step("look", "configurations", "perform").done(1)
    assert capfd.readouterr().err.splitlines()[-1] == (
        "idp: Playbook application_settings failed: cluster : The namespace is there: There is no namespace"
        " env-payments-checkout; request its environment first. The log has the rest."
    )

    namespace = first.cloud / "world" / "namespace.env-payments-checkout"
    namespace.mkdir(parents=True, mode=0o700)
    applied = {"kind": "ConfigMap", "data": {"LOG_LEVEL": "debug", "RETRIES": "yes"}}
    (namespace / "application-settings.yaml").write_text(yaml.safe_dump(applied))
    second = run("configurations", settings={"LOG_LEVEL": "info"})
    looked = second.look("perform")
    assert looked.left("changes") == "1"
    assert looked.summary["resources"] == []
    assert "+    LOG_LEVEL: info" in looked.summary["text"]
    second.change(looked, "playbook", "configurations", "playbook-by-playbook", "present").done()
    document = yaml.safe_load((namespace / "application-settings.yaml").read_text())
    assert document["data"] == {"LOG_LEVEL": "info", "RETRIES": "yes"}
