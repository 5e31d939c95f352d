"""Roles on the pretend world: converge, converge again without a change, look at what is there, take it away."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema_rs
import pytest
import yaml

from tests.platform.ground import INFRA

ANSIBLE = INFRA / "ansible"
SCHEMAS = Path(__file__).parent / "schemas"


class Played(NamedTuple):
    """What Ansible said: its exit code, tasks that changed something, and all of its words in one line."""

    code: int
    changed: int
    words: str


Play = Callable[..., Played]


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """With an environment's namespace in it."""
    folder = tmp_path / "world"
    (folder / "namespace.env-payments-checkout").mkdir(parents=True, mode=0o700)
    return folder


@pytest.fixture
def play(tmp_path: Path, world: Path) -> Play:
    """`play(playbook, *options, target=..., **variables)` by real Ansible."""

    def played(playbook: str, *options: str, target: str = "sandbox", **variables: Any) -> Played:
        given = tmp_path / "variables.json"
        given.write_text(json.dumps({"world_folder": str(world), "outputs": {}, "state": "present", **variables}))
        environment = os.environ | {
            "ANSIBLE_CONFIG": str(ANSIBLE / "ansible.cfg"),
            "ANSIBLE_HOME": str(tmp_path / "home"),
            "ANSIBLE_NOCOLOR": "1",
            "LC_ALL": "C.UTF-8",
        }
        done = subprocess.run(  # noqa: PLW1510 - the tests judge the code
            [
                str(Path(sys.executable).parent / "ansible-playbook"),
                *("-i", f"inventories/{target}.yml", f"playbooks/{playbook}.yml", "-e", f"@{given}", *options),
            ],
            cwd=ANSIBLE, env=environment, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        changed = sum(map(int, re.findall(r" changed=(\d+)", done.stdout)))
        return Played(done.returncode, changed, " ".join((done.stdout + done.stderr).split()))

    return played


VAULT = {
    "capability": "vaults",
    "request": {"team": "payments", "name": "mail", "environment": "checkout"},
    "outputs": {"key_vault": "kvpaymentsmail", "secrets": {"SMTP_USER": "smtp-user", "SMTP_PASSWORD": "smtp-password"}},
}


def _brought(world: Path) -> dict[str, Any]:
    file = world / "namespace.env-payments-checkout" / "vaults-mail.yaml"
    return {each["kind"]: each for each in yaml.safe_load_all(file.read_text())}


def test_secrets_are_brought_once_and_taken_away(play: Play, world: Path) -> None:
    previewed = play("secret_access", "--check", **VAULT)
    assert (previewed.code, previewed.changed) == (0, 1)
    assert list((world / "namespace.env-payments-checkout").iterdir()) == []

    first = play("secret_access", **VAULT)
    assert (first.code, first.changed) == (0, 1), first.words
    assert play("secret_access", **VAULT).changed == 0
    made = _brought(world)
    assert made["SecretStore"]["spec"]["provider"]["azurekv"] == {
        "authType": "WorkloadIdentity",
        "environmentType": "PublicCloud",
        "vaultUrl": "https://kvpaymentsmail.vault.azure.net",
        "serviceAccountRef": {"name": "workload"},
    }
    assert [(each["secretKey"], each["remoteRef"]["key"]) for each in made["ExternalSecret"]["spec"]["data"]] == [
        ("SMTP_PASSWORD", "smtp-password"),
        ("SMTP_USER", "smtp-user"),
    ]
    assert made["ExternalSecret"]["spec"]["target"]["name"] == "vaults-mail"
    assert {each["metadata"]["namespace"] for each in made.values()} == {"env-payments-checkout"}

    absent = VAULT | {"state": "absent", "outputs": {}}
    assert play("secret_access", **absent).changed == 1
    assert play("secret_access", **absent).changed == 0
    assert list((world / "namespace.env-payments-checkout").iterdir()) == []


ENVIRONMENT: dict[str, Any] = {
    "capability": "environments",
    "request": {"team": "payments", "name": "checkout", "stage": "dev", "cpu": 4, "memory_gib": 8},
    "outputs": {"namespace": "env-payments-checkout", "workload_identity": "id-payments-checkout"},
}
OWN_AND_DNS = [("pod", ()), ("namespace", (("UDP", 53), ("TCP", 53)))]
PRIVATE = {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"}
SERVED = (("TCP", 443), ("TCP", 1433), ("TCP", 5432), ("TCP", 10000))


def test_pods_reach_each_other_and_names_and_in_a_cloud_what_lives_in_their_environment(
    play: Play, world: Path
) -> None:
    assert play("environment", **ENVIRONMENT).code == 0
    assert _ways_out(world) == OWN_AND_DNS

    in_a_cloud = {"outputs": ENVIRONMENT["outputs"] | {"workload_client_id": "1111"}, "azure": {"tenant_id": "9999"}}
    assert play("environment", **ENVIRONMENT | in_a_cloud).changed == 1
    assert play("environment", **ENVIRONMENT | in_a_cloud).changed == 0
    *before, endpoints, internet = _ways_out(world)
    assert before == OWN_AND_DNS
    assert endpoints == (frozenset((each, ()) for each in PRIVATE), SERVED)
    # Not to the network but by the way above, nor to the machine's own services.
    closed = (*sorted(PRIVATE | {"168.63.129.16/32", "169.254.0.0/16"}),)
    assert internet == (frozenset({("0.0.0.0/0", closed)}), (("TCP", 443),))


def _ways_out(world: Path) -> list[tuple[Any, Any]]:
    """(to whom, (protocol, port)...) of the environment's network policies."""
    text = (world / "namespace.env-payments-checkout" / "namespace.yaml").read_text()
    policies = [each["spec"] for each in yaml.safe_load_all(text) if each["kind"] == "NetworkPolicy"]
    rules = [rule for policy in policies for rule in policy.get("egress", [])]
    return [
        (_whom(rule["to"]), tuple((each["protocol"], each["port"]) for each in rule.get("ports", []))) for rule in rules
    ]


def _whom(to: list[dict[str, Any]]) -> Any:
    if "ipBlock" in to[0]:
        return frozenset((each["ipBlock"]["cidr"], (*each["ipBlock"].get("except", []),)) for each in to)
    ((kind, _),) = to[0].items()
    return kind.removesuffix("Selector")


def test_what_brings_secrets_satisfies_the_operators_schemas(play: Play, world: Path) -> None:
    play("secret_access", **VAULT)
    for kind, each in _brought(world).items():
        schema = json.loads((SCHEMAS / f"{kind}.json").read_text())
        jsonschema_rs.validator_for(schema).validate(each)


def test_no_more_secrets_is_nothing_to_bring(play: Play, world: Path) -> None:
    play("secret_access", **VAULT)
    assert play("secret_access", **VAULT | {"outputs": {"key_vault": "kv", "secrets": {}}}).changed == 1
    assert list((world / "namespace.env-payments-checkout").iterdir()) == []


def test_secrets_need_the_environments_namespace(play: Play, world: Path) -> None:
    (world / "namespace.env-payments-checkout").rmdir()
    played = play("secret_access", **VAULT)
    assert played.code != 0
    assert "There is no namespace env-payments-checkout; request its environment first." in played.words
    assert play("secret_access", **VAULT | {"state": "absent", "outputs": {}}).code == 0, "nothing to take away"


def test_what_brings_no_secrets_says_so(play: Play) -> None:
    alone = {"team": "payments", "name": "mail", "environment": None}
    played = play("secret_access", **VAULT | {"request": alone})
    assert (played.code, played.changed) == (0, 0)
    assert "vaults-mail lives in no environment: no namespace gets its secrets." in played.words

    cluster = play("secret_access", target="kubernetes", **VAULT)
    assert (cluster.code, cluster.changed) == (0, 0)
    assert "has no vault: nothing was written to namespace env-payments-checkout" in cluster.words


MACHINE = {
    "capability": "machines",
    "request": {"team": "payments", "name": "batch", "stage": "dev", "environment": "checkout"},
    "outputs": {"machine": "vm-payments-batch"},
}
ON_A_MACHINE = {
    "etc/apt/apt.conf.d/52idp",
    "etc/chrony/conf.d/idp.conf",
    "etc/hostname",
    "etc/idp/machine.json",
    "etc/modprobe.d/idp.conf",
    "etc/motd",
    "etc/security/limits.d/idp.conf",
    "etc/ssh/sshd_config.d/10-idp.conf",
    "etc/sysctl.d/60-idp.conf",
    "etc/systemd/journald.conf.d/idp.conf",
    "run/restarted.chrony",
    "run/restarted.ssh",
    "run/restarted.sysctl",
    "run/restarted.systemd-journald",
    "run/restarted.unattended-upgrades",
}


def _files(root: Path) -> dict[str, str]:
    return {str(file.relative_to(root)): file.read_text() for file in root.rglob("*") if file.is_file()}


def test_a_machine_is_configured_once_and_what_it_left_goes(play: Play, world: Path) -> None:
    root = world / "machine.vm-payments-batch"
    previewed = play("machine", "--check", **MACHINE)
    assert previewed.code == 0, previewed.words
    assert previewed.changed > 0
    assert not root.exists(), "a preview makes nothing"

    first = play("machine", **MACHINE)
    assert first.code == 0, first.words
    made = _files(root)
    assert set(made) == ON_A_MACHINE
    assert play("machine", **MACHINE).changed == 0
    assert _files(root) == made, "nothing was restarted either"
    assert made["etc/hostname"] == "vm-payments-batch\n"
    assert json.loads(made["etc/idp/machine.json"]) == {
        "team": "payments", "stage": "dev", "resource": "machines.payments.batch", "environment": "checkout",
    }  # fmt: skip

    absent = MACHINE | {"state": "absent", "outputs": {}}
    assert play("machine", **absent).changed == 1
    assert not root.exists()
    assert play("machine", **absent).changed == 0


def test_a_hardened_machine_refuses_what_the_list_says(play: Play, world: Path) -> None:
    play("machine", **MACHINE)
    made = _files(world / "machine.vm-payments-batch")
    sshd = dict(line.split(" ", 1) for line in made["etc/ssh/sshd_config.d/10-idp.conf"].splitlines())
    refused = ("PermitRootLogin", "PasswordAuthentication", "KbdInteractiveAuthentication", "AllowTcpForwarding")
    assert {sshd[name] for name in (*refused, "AllowAgentForwarding", "X11Forwarding", "PermitTunnel")} == {"no"}
    assert (sshd["MaxAuthTries"], sshd["ClientAliveInterval"], sshd["ClientAliveCountMax"]) == ("3", "600", "0")
    kernel = dict(line.split(" = ") for line in made["etc/sysctl.d/60-idp.conf"].splitlines() if line)
    assert kernel["net.ipv4.conf.all.accept_redirects"] == kernel["net.ipv4.conf.all.send_redirects"] == "0"
    assert (kernel["kernel.kptr_restrict"], kernel["kernel.unprivileged_bpf_disabled"]) == ("2", "1")
    assert "install usb_storage /bin/false" in made["etc/modprobe.d/idp.conf"]


def test_only_what_was_changed_is_put_right_and_its_service_restarted(play: Play, world: Path) -> None:
    play("machine", **MACHINE)
    root = world / "machine.vm-payments-batch"
    before = _files(root)
    (root / "etc/ssh/sshd_config.d/10-idp.conf").write_text("PasswordAuthentication yes\n")
    assert play("machine", "--check", "--diff", **MACHINE).changed > 0
    assert play("machine", **MACHINE).code == 0
    after = _files(root)
    assert {name for name in before if before[name] != after[name]} == {"run/restarted.ssh"}


def test_a_cluster_without_a_cloud_says_that_it_has_no_machines(play: Play) -> None:
    played = play("machine", target="kubernetes", **MACHINE)
    assert (played.code, played.changed) == (0, 0)
    assert "The target kubernetes has no machines: vm-payments-batch is a record" in played.words


def test_in_azure_a_step_without_an_identity_is_told_what_it_lacks(play: Play) -> None:
    address = {"outputs": {"machine": "vm-payments-batch", "private_address": "10.40.20.4"}}
    played = play(
        "machine", target="azure", azure={"tenant_id": "99999999-9999-9999-9999-999999999999"}, **MACHINE | address
    )
    assert played.code != 0
    assert "This step has no workload identity (AZURE_CLIENT_ID, AZURE_FEDERATED_TOKEN_FILE not set)" in played.words


def _settings(**values: str) -> dict[str, Any]:
    request = {"team": "payments", "name": "checkout", "settings": values}
    return {"capability": "configurations", "request": request}


@pytest.mark.parametrize(
    ("playbook", "config_map"),
    [("application_settings", "application-settings"), ("maintenance_notice", "maintenance-notice")],
)
def test_settings_named_are_set_once_and_the_others_stay(
    play: Play, world: Path, playbook: str, config_map: str
) -> None:
    file = world / "namespace.env-payments-checkout" / f"{config_map}.yaml"
    assert play(playbook, "--check", **_settings(LOG_LEVEL="debug")).changed == 1
    assert not file.exists(), "a preview makes nothing"
    assert play(playbook, **_settings(LOG_LEVEL="debug", RETRIES="yes")).changed == 1
    assert play(playbook, **_settings(LOG_LEVEL="debug", RETRIES="yes")).changed == 0
    assert play(playbook, **_settings(LOG_LEVEL="info")).changed == 1
    made = yaml.safe_load(file.read_text())
    assert (made["kind"], made["metadata"]["name"]) == ("ConfigMap", config_map)
    assert made["data"] == {"LOG_LEVEL": "info", "RETRIES": "yes"}, "what looks like a boolean stays a text"


def test_settings_need_the_environments_namespace(play: Play, world: Path) -> None:
    (world / "namespace.env-payments-checkout").rmdir()
    played = play("application_settings", **_settings(LOG_LEVEL="debug"))
    assert played.code != 0
    assert "There is no namespace env-payments-checkout; request its environment first." in played.words


@pytest.mark.parametrize("role", sorted(path.name for path in (ANSIBLE / "roles").iterdir()))
def test_each_role_declares_what_it_takes(role: str) -> None:
    folder = ANSIBLE / "roles" / role
    defaults = yaml.safe_load((folder / "defaults" / "main.yml").read_text()) or {}
    options = yaml.safe_load((folder / "meta" / "argument_specs.yml").read_text())["argument_specs"]["main"]["options"]
    assert set(defaults) == {name for name, option in options.items() if not option.get("required")}
    assert {name: option.get("default") for name, option in options.items() if not option.get("required")} == defaults
    assert all(name.startswith(f"{role}_") for name in options)
