import json
import re
from pathlib import Path
from typing import Any

import pytest

from idp.runner.delivery_settings import AzureRegistry, ChartSource, DeliverySettings
from idp.runner.targets import target
from tests.platform.ground import HANDOVERS, INFRA, MODULES, ROOTS, Ground
from tests.platform.terraform import Terraform, resources

COUNTS = {"bootstrap": 11, "network": 64, "aks": 95, "tools": 48}
"""Resources planned from zero with the example values."""


def _folders() -> list[Path]:
    return [Path("modules") / name for name in MODULES] + [Path("platform") / name for name in ROOTS]


@pytest.mark.parametrize("folder", _folders(), ids=str)
def test_each_module_and_root_is_valid_by_the_providers_schemas(untouched: Ground, folder: Path) -> None:
    where = untouched.folder / folder
    untouched.terraform(where, "init", "-backend=false", "-input=false")
    assert "Success! The configuration is valid." in untouched.terraform(where, "validate")


def test_all_terraform_code_is_formatted(terraform: Terraform) -> None:
    for part in ("modules", "platform", "targets"):
        assert terraform(INFRA / part, "fmt", "-check", "-recursive", "-diff", codes=(0, 3)) == ""


@pytest.mark.parametrize("root", ROOTS)
def test_a_root_is_planned_from_zero(plans: dict[str, Any], root: str) -> None:
    changes = plans[root]["resource_changes"]
    created = [change for change in changes if change["change"]["actions"] == ["create"]]
    assert len(created) == COUNTS[root]
    assert all(change["mode"] == "data" for change in changes if change not in created)


@pytest.mark.parametrize("root", ROOTS)
def test_a_root_that_was_applied_has_nothing_to_change(plans: dict[str, Any], root: str) -> None:
    where: Ground = plans["ground"]
    where.terraform(where.root(root), "plan", "-input=false", "-detailed-exitcode")


@pytest.mark.parametrize("root", ROOTS)
def test_a_root_that_was_applied_can_be_destroyed(plans: dict[str, Any], root: str) -> None:
    where: Ground = plans["ground"]
    plan = where.terraform.plan(where.root(root), "-destroy")
    actions = [change["change"]["actions"] for change in plan["resource_changes"] if change["mode"] == "managed"]
    assert actions == [["delete"]] * COUNTS[root]


@pytest.mark.parametrize("root", ROOTS)
def test_what_a_root_hands_over_is_a_variable_of_the_receiver(plans: dict[str, Any], root: str) -> None:
    where: Ground = plans["ground"]
    for receiver in HANDOVERS[root]:
        handed = where.terraform.outputs(where.root(root))[f"for_{receiver}"]
        assert list(handed) == [root]
        declared = (where.root(receiver) / "variables.tf").read_text()
        block = declared.partition(f'variable "{root}" {{')[2].partition("\n}\n")[0]
        members = set(re.findall(r"^    (\w+) += ", block, re.MULTILINE))
        assert set(handed[root]) == members


def test_what_runs_are_told_is_what_the_target_azure_asks_for(plans: dict[str, Any]) -> None:
    where: Ground = plans["ground"]
    told = where.terraform.outputs(where.root("aks"))["for_runs"]
    del told["delivery"]  # for no root: the next test
    assert told["oidc_issuer_url"] == "/standin/azurerm_kubernetes_cluster/aks-idp/oidc_issuer_url"
    issuer = {"oidc_issuer_url": "https://issuer.example/"}  # the stand-in's is none
    found = target(
        "azure", {"storage_account_name": "stidpcore0f3a", "container_name": "state"}, "a/b/c", told | issuer
    )
    assert found.variables == {"azure": told | issuer}
    assert told["subscription_id"] == "22222222-2222-2222-2222-222222222222", "the catalogue's, not the platform's"
    assert told["machines_subnet_id"] == "/standin/azurerm_subnet/snet-machines/id"
    assert told["private_dns_zone_ids"]["vault"].endswith("/privatelink_vaultcore_azure_net/id")


def test_runs_are_told_how_applications_are_delivered(plans: dict[str, Any]) -> None:
    """As the runner itself reads it; names that Azure computes are put in where the stand-in has none."""
    where: Ground = plans["ground"]
    said = json.dumps(where.terraform.outputs(where.root("aks"))["for_runs"])
    for made, name in {
        "/standin/azurerm_container_registry/cridpapps0f3a/login_server": "cridpapps0f3a.azurecr.io",
        "/standin/azurerm_kubernetes_cluster/aks-idp/oidc_issuer_url": "https://issuer.example/",
    }.items():
        assert made in said
        said = said.replace(made, name)
    backend = {"storage_account_name": "stidpcore0f3a", "container_name": "state"}
    assert target("azure", backend, "a/b/c", json.loads(said)).delivery == DeliverySettings(
        registry=AzureRegistry(
            kind="azure",
            name="cridpapps0f3a.azurecr.io",
            subscription_id="00000000-0000-0000-0000-000000000000",
            resource_group="RG-idp-aks",
            agent_pool="builds",
        ),
        builder="cridpapps0f3a.azurecr.io/idp-builder:0.1.0",
        chart=ChartSource(repository="https://github.com/example/idp", revision="v0.1.0"),
    )


@pytest.mark.parametrize("root", ROOTS)
def test_no_secret_is_in_a_plan_or_a_state(plans: dict[str, Any], root: str) -> None:
    where: Ground = plans["ground"]
    generated = "/standin/random_password/result"
    assert generated not in (where.root(root) / "terraform.tfstate").read_text()
    for address, values in resources(plans[root]).items():
        secrets = [name for name in values if re.search(r"password|secret$|client_secret|access_key", name)]
        assert all(not isinstance(values[name], str) for name in secrets), address


@pytest.mark.parametrize("root", ROOTS)
def test_everything_that_can_be_tagged_says_which_root_made_it(plans: dict[str, Any], root: str) -> None:
    planned = resources(plans[root])
    tagged = {
        address: values["tags"] for address, values in planned.items() if "azurerm_" in address and "tags" in values
    }
    assert {address for address, tags in tagged.items() if tags != {"managed-by": "terraform", "root": root}} == set()


def test_resource_groups_keep_their_names(plans: dict[str, Any]) -> None:
    groups = {
        values["name"]
        for root in ROOTS
        for address, values in resources(plans[root]).items()
        if ".".join(address.split(".")[-2:]).startswith("azurerm_resource_group.")
    }
    cluster = resources(plans["aks"])["module.aks.azurerm_kubernetes_cluster.this"]
    assert groups | {cluster["node_resource_group"]} == {"RG-core", "RG-idp-net", "RG-idp-aks", "RG-idp-aks-nodes"}


@pytest.mark.parametrize(
    ("root", "said"),
    [
        ("bootstrap", {"resource_provider_registrations": "none", "storage_use_azuread": True}),
        ("network", {"resource_provider_registrations": "none", "storage_use_azuread": True}),
        ("aks", {"resource_provider_registrations": "none", "storage_use_azuread": True}),
        ("tools", {"resource_provider_registrations": "none"}),
    ],
)
def test_a_root_asks_azure_as_entra_knows_it(plans: dict[str, Any], root: str, said: dict[str, Any]) -> None:
    configured = plans[root]["configuration"]["provider_config"]["azurerm"]["expressions"]
    constant = {name: value["constant_value"] for name, value in configured.items() if "constant_value" in value}
    constant.pop("resource_providers_to_register", None)
    assert constant == said
    assert configured["subscription_id"] == {"references": ["var.subscription_id"]}
