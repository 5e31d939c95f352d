"""What playbooks write into an environment's namespace, and what the accounts of their steps may write there."""

from collections import defaultdict
from pathlib import Path
from typing import Any

import yaml

from idp.workflows.access import BUNDLE, SECRETS

ANSIBLE = Path(__file__).resolve().parents[2] / "infra" / "ansible"


def _plural(kind: str) -> str:
    return "networkpolicies" if kind == "NetworkPolicy" else f"{kind.lower()}s"


def test_the_rights_are_for_the_objects_that_roles_and_playbooks_name() -> None:
    written: dict[tuple[str, str], list[str]] = defaultdict(list)
    role: Any = yaml.safe_load((ANSIBLE / "roles/namespace/vars/main.yml").read_text())
    for each in role["namespace_objects"]:
        if each["kind"] != "Namespace":
            group = each["apiVersion"].rpartition("/")[0]
            written[group, _plural(each["kind"])].append(each["metadata"]["name"])
    for playbook in sorted((ANSIBLE / "playbooks").glob("*.yml")):
        for play in yaml.safe_load(playbook.read_text()):
            for used in play["roles"]:
                if used["role"] == "application_settings":
                    written["", "configmaps"].append(used["vars"]["application_settings_config_map"])

    assert written == {kind: list(given) for kind, given in BUNDLE.items()}


def test_the_rights_are_for_what_brings_secrets() -> None:
    role: Any = yaml.safe_load((ANSIBLE / "roles/secret_access/vars/main.yml").read_text())
    written = [(each["apiVersion"].rpartition("/")[0], _plural(each["kind"])) for each in role["secret_access_objects"]]

    assert written == list(SECRETS)
