"""Plans that Terraform really made, good ones and bad ones, before the guardrails."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.platform import judging
from tests.platform.judging import GUARDRAILS
from tests.platform.standin.schemas import schemas, used_types
from tests.platform.standin.server import serving
from tests.platform.terraform import Terraform

FIXTURES = Path(__file__).parent / "guardrails"
REQUEST = {"verb": "provision", "stage": "dev", "team": "shop", "resource": "storage.shop.receipts"}

STORAGE, MACHINE, REDIS = "azurerm_storage_account", "azurerm_linux_virtual_machine", "azurerm_managed_redis"
POSTGRESQL, MSSQL = "azurerm_postgresql_flexible_server", "azurerm_mssql"
INSIDE = "what a team has is reached inside the network only."
BY_IDENTITY = "software enters by its identity."
BAD = {
    "regions": {
        ("azurerm_resource_group.far", "eastus is not a region of the platform: use northeurope or westeurope.")
    },
    "exposure": {
        (
            f"{STORAGE}.forgotten",
            "allow_nested_items_to_be_public must be false: what a team has is reached inside the network only.",
        ),
        (
            f"{STORAGE}.forgotten",
            "public_network_access_enabled must be false: what a team has is reached inside the network only.",
        ),
        (
            "azurerm_storage_container.public",
            "container_access_type must be private: what a team has is reached inside the network only.",
        ),
        (
            "azurerm_public_ip.door",
            "A team's environment has no azurerm_public_ip: the platform's edge is the only door.",
        ),
        (
            "azurerm_network_security_group.open",
            "A rule that lets in the whole internet is not allowed: name the ranges.",
        ),
        (
            "azurerm_network_security_rule.open",
            "A rule that lets in the whole internet is not allowed: name the ranges.",
        ),
        (f"{POSTGRESQL}.forgotten", f"public_network_access_enabled must be false: {INSIDE}"),
        (f"{MSSQL}_server.open", f"public_network_access_enabled must be false: {INSIDE}"),
        (f"{REDIS}.open", f"public_network_access must be Disabled: {INSIDE}"),
        *(
            (address, f"A team's environment has no {address.partition('.')[0]}: the platform's edge is the only door.")
            for address in (
                f"{POSTGRESQL}_firewall_rule.door",
                f"{MSSQL}_firewall_rule.door",
                f"{MSSQL}_virtual_network_rule.door",
                f"{MSSQL}_outbound_firewall_rule.out",
            )
        ),
    },
    "encryption": {
        (f"{STORAGE}.weak", "https_traffic_only_enabled must be true."),
        (f"{STORAGE}.weak", "min_tls_version must be TLS1_2 or TLS1_3."),
        (f"{STORAGE}.weak", "shared_access_key_enabled must be false."),
        (f"{MACHINE}.weak", "encryption_at_host_enabled must be true."),
        (f"{MACHINE}.weak", "A machine must not be entered by a password."),
        (f"{REDIS}.clear", "client_protocol must be Encrypted."),
        (f"{REDIS}.clear", f"default_database.access_keys_authentication_enabled must be false: {BY_IDENTITY}"),
        (f"{POSTGRESQL}.forgotten", f"authentication.active_directory_auth_enabled must be true: {BY_IDENTITY}"),
        (f"{POSTGRESQL}.forgotten", f"authentication.password_auth_enabled must be false: {BY_IDENTITY}"),
        (f"{POSTGRESQL}.entered", f"administrator_password_wo_version must not be set: {BY_IDENTITY}"),
        (f"{POSTGRESQL}_configuration.clear", "The parameter require_secure_transport must be on."),
        (f"{POSTGRESQL}_configuration.old", "The parameter ssl_min_protocol_version must be TLSv1.2 or TLSv1.3."),
        (f"{MSSQL}_server.weak", "minimum_tls_version must be 1.2 or 1.3."),
        (f"{MSSQL}_server.weak", f"administrator_login_password must not be set: {BY_IDENTITY}"),
        (f"{MSSQL}_server.weak", f"azuread_administrator.azuread_authentication_only must be true: {BY_IDENTITY}"),
        (f"{MSSQL}_database.clear", "transparent_data_encryption_enabled must be true."),
    },
    "tags": {
        ("azurerm_resource_group.untagged", "The tag resource must be storage.shop.receipts."),
        ("azurerm_resource_group.untagged", "The tag stage must be dev."),
        ("azurerm_resource_group.untagged", "The tag team must be shop."),
        ("azurerm_user_assigned_identity.strange", "The tag team must be shop."),
    },
    "sizes": {
        (f"{POSTGRESQL}.large", "MO_Standard_E96ds_v5 is not a size for stage dev."),
        (f"{MSSQL}_database.large", "GP_Gen5_4 is not a size for stage dev."),
        (f"{REDIS}.large", "Balanced_B3 is not a size for stage dev."),
        (f"{STORAGE}.far", "Copies in a second region are for production; stage is dev."),
    },
    "roles": {
        (
            "azurerm_role_assignment.owner",
            "The role Owner is not one that environments may have: Key Vault Secrets User, Storage Blob Data Contributor, Storage Blob Data Reader.",
        ),
        ("azurerm_role_assignment.wide", "The role reaches beyond the team's own resource groups."),
        ("azurerm_role_assignment.other", "The role reaches beyond the team's own resource groups."),
        (
            "azurerm_role_assignment.person",
            "Runs let in software only (principal_type ServicePrincipal); people get their rights from groups.",
        ),
        ("azurerm_role_assignment.hidden", "The role's scope is not known before it is given."),
    },
}
"""Rule -> (address, sentence) of everything it finds in the fixture of its name; the other rules find nothing there."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Fixture -> its plan; and `good` is applied, so that it can be changed and destroyed."""
    folder = tmp_path_factory.mktemp("guardrails")
    shutil.copytree(FIXTURES, folder, dirs_exist_ok=True)
    with serving(schemas(used_types(FIXTURES))) as attach:
        terraform = Terraform(attach)
        planned: dict[str, Any] = {}
        for name in ("good", *BAD):
            terraform(folder / name, "init", "-input=false")
            planned[name] = terraform.plan(folder / name)
        terraform(folder / "good", "apply", "-auto-approve", "-input=false")
        planned["destroy"] = terraform.plan(folder / "good", "-destroy")
        yield planned


def findings(plan: dict[str, Any], **request: str) -> set[tuple[str, ...]]:
    """(rule, address, sentence) of everything that all guardrails find."""
    return judging.findings(plan, {**REQUEST, **request})


def test_a_good_plan_passes_every_guardrail(made: dict[str, Any]) -> None:
    assert findings(made["good"]) == set()


@pytest.mark.parametrize("rule", BAD)
def test_a_bad_plan_is_found_by_its_rule_and_by_no_other(made: dict[str, Any], rule: str) -> None:
    assert findings(made[rule]) == {(rule, address, sentence) for address, sentence in BAD[rule]}


def test_each_rule_has_a_bad_plan() -> None:
    assert {file.stem for file in GUARDRAILS.glob("*.rego")} - {"plan"} == {*BAD, "destruction"}


def test_nothing_is_destroyed_without_the_verb_that_says_so(made: dict[str, Any]) -> None:
    found = findings(made["destroy"])
    assert {rule for rule, _, _ in found} == {"destruction"}
    assert len(found) == len(made["good"]["resource_changes"])
    assert findings(made["destroy"], verb="deprovision") == set()


def test_a_replacement_loses_data_unless_there_is_none_to_lose(made: dict[str, Any]) -> None:
    # The stand-in never replaces: the plan is Terraform's but for the actions of three changes.
    plan = json.loads(json.dumps(made["good"]))
    changed = {"azurerm_postgresql_flexible_server.this", "azurerm_role_assignment.own"}
    for change in plan["resource_changes"]:
        if change["address"] in changed:
            change["change"]["actions"] = ["delete", "create"]
    sentence = "This would be destroyed and made anew, without its data: ask for another resource beside it."
    assert findings(plan) == {("destruction", "azurerm_postgresql_flexible_server.this", sentence)}


@pytest.mark.parametrize(("stage", "allowed"), [("dev", False), ("staging", False), ("prod", True)])
def test_a_second_region_is_for_production(made: dict[str, Any], stage: str, allowed: bool) -> None:  # noqa: FBT001 - a column of the table
    sentences = {sentence for rule, _, sentence in findings(made["sizes"], stage=stage) if rule == "sizes"}
    assert (not any(sentence.startswith("Copies") for sentence in sentences)) == allowed


def test_another_teams_request_may_not_use_this_teams_group(made: dict[str, Any]) -> None:
    assert (
        "roles",
        "azurerm_role_assignment.named",
        "The role reaches beyond the team's own resource groups.",
    ) in findings(made["good"], team="bank")
