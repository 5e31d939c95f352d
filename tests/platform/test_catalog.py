"""Everything that developers may request, made on Azure: each example, by real Terraform on the stand-in.

The tables are written by hand. A new capability needs a row in each.
"""

import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from idp.capability import Capability
from tests.platform import judging
from tests.platform.catalogue import TOLD, WITH_TERRAFORM, prepared
from tests.platform.ground import INFRA
from tests.platform.standin.schemas import schemas, used_types
from tests.platform.standin.server import serving
from tests.platform.terraform import Terraform, resources

VAULT = {
    "azurerm_key_vault": 1,
    "azurerm_monitor_diagnostic_setting": 1,
    "azurerm_private_endpoint": 1,
    "azurerm_role_assignment": 1,
}
ENVIRONMENT = {
    **VAULT,
    "azurerm_consumption_budget_resource_group": 1,
    "azurerm_federated_identity_credential": 1,
    "azurerm_resource_group": 1,
    "azurerm_user_assigned_identity": 1,
}
STORAGE = {
    "azurerm_monitor_diagnostic_setting": 1,
    "azurerm_private_endpoint": 1,
    "azurerm_resource_group": 1,
    "azurerm_storage_account": 1,
    "azurerm_storage_management_policy": 1,
}
POSTGRESQL = {
    "azurerm_key_vault_secret": 4,
    "azurerm_monitor_diagnostic_setting": 1,
    "azurerm_postgresql_flexible_server": 1,
    "azurerm_postgresql_flexible_server_active_directory_administrator": 1,
    "azurerm_postgresql_flexible_server_configuration": 6,
    "azurerm_postgresql_flexible_server_database": 1,
    "azurerm_private_endpoint": 1,
}
MSSQL = {
    "azurerm_key_vault_secret": 4,
    "azurerm_monitor_diagnostic_setting": 2,
    "azurerm_mssql_database": 1,
    "azurerm_mssql_server": 1,
    "azurerm_mssql_server_extended_auditing_policy": 1,
    "azurerm_private_endpoint": 1,
}
REDIS = {
    "azurerm_key_vault_secret": 3,
    "azurerm_managed_redis": 1,
    "azurerm_managed_redis_access_policy_assignment": 1,
    "azurerm_monitor_diagnostic_setting": 1,
    "azurerm_private_endpoint": 1,
}
MACHINE = {
    "azurerm_linux_virtual_machine": 1,
    "azurerm_monitor_data_collection_rule": 1,
    "azurerm_monitor_data_collection_rule_association": 1,
    "azurerm_network_interface": 1,
    "azurerm_virtual_machine_extension": 2,
}

PLANNED = {
    ("environments", "A small one"): ENVIRONMENT,
    ("environments", "Room for load tests"): ENVIRONMENT,
    ("storage", "Two containers"): {**STORAGE, "azurerm_storage_container": 2},
    ("vaults", "One secret for an application"): VAULT,
    ("machines", "A small one"): MACHINE,
    ("storage", "In production"): {**STORAGE, "azurerm_storage_container": 1, "azurerm_management_lock": 1},
    ("postgresql", "A small one"): POSTGRESQL,
    ("postgresql", "In production"): {**POSTGRESQL, "azurerm_management_lock": 1},
    ("mssql", "One that sleeps when nobody asks"): MSSQL,
    ("mssql", "In production"): {**MSSQL, "azurerm_management_lock": 1},
    ("redis", "A cache"): REDIS,
    ("redis", "A store in production"): {**REDIS, "azurerm_management_lock": 1},
}
"""(capability, example) -> how many resources of each type are made from zero."""

PLACED = {
    "storage": {"azurerm_resource_group": -1, "azurerm_role_assignment": 1},
    "vaults": {},
    "machines": {},
    "postgresql": {},
    "mssql": {},
    "redis": {},
}
"""Capability -> what an environment to live in adds to its first example, and what it brings instead."""

IN_PRODUCTION = {
    "environments": {"azurerm_management_lock": 2},
    "storage": {"azurerm_management_lock": 1},
    "vaults": {"azurerm_management_lock": 1},
    "machines": {"azurerm_management_lock": 1},
    "postgresql": {"azurerm_management_lock": 1},
    "mssql": {"azurerm_management_lock": 1},
    "redis": {"azurerm_management_lock": 1},
}
"""Capability -> what production adds to its first example."""

CLOSED: dict[str, dict[str, Any]] = {
    "azurerm_key_vault": {
        "public_network_access_enabled": False,
        "purge_protection_enabled": True,
        "rbac_authorization_enabled": True,
        "soft_delete_retention_days": 90,
        "tenant_id": TOLD["tenant_id"],
    },
    "azurerm_key_vault_secret": {"content_type": "text/plain"},
    "azurerm_managed_redis": {"public_network_access": "Disabled"},
    "azurerm_linux_virtual_machine": {
        "disable_password_authentication": True,
        "encryption_at_host_enabled": True,
        "patch_assessment_mode": "AutomaticByPlatform",
        "patch_mode": "AutomaticByPlatform",
        "reboot_setting": "IfRequired",
        "secure_boot_enabled": True,
        "vtpm_enabled": True,
    },
    "azurerm_management_lock": {"lock_level": "CanNotDelete"},
    "azurerm_monitor_diagnostic_setting": {"log_analytics_workspace_id": TOLD["log_analytics_workspace_id"]},
    "azurerm_mssql_database": {"transparent_data_encryption_enabled": True},
    "azurerm_mssql_server": {
        "connection_policy": "Proxy",
        "minimum_tls_version": "1.2",
        "outbound_network_restriction_enabled": True,
        "public_network_access_enabled": False,
    },
    "azurerm_mssql_server_extended_auditing_policy": {"log_monitoring_enabled": True},
    "azurerm_postgresql_flexible_server": {"public_network_access_enabled": False},
    "azurerm_private_endpoint": {"subnet_id": TOLD["private_endpoints_subnet_id"]},
    "azurerm_role_assignment": {"principal_type": "ServicePrincipal"},
    "azurerm_storage_account": {
        "allow_nested_items_to_be_public": False,
        "cross_tenant_replication_enabled": False,
        "default_to_oauth_authentication": True,
        "https_traffic_only_enabled": True,
        "infrastructure_encryption_enabled": True,
        "local_user_enabled": False,
        "min_tls_version": "TLS1_2",
        "public_network_access_enabled": False,
        "shared_access_key_enabled": False,
    },
    "azurerm_storage_container": {"container_access_type": "private"},
}
"""Type -> what each resource of it must be like, in every plan."""

NAMES = {
    "environments": {
        "azurerm_resource_group": "rg-environments.payments.checkout",
        "azurerm_user_assigned_identity": "id-payments-checkout",
        "azurerm_key_vault": "kvpaymentschd54e0415790b",
        "azurerm_private_endpoint": "pe-kvpaymentschd54e0415790b",
        "azurerm_federated_identity_credential": "env-payments-checkout-workload",
    },
    "storage": {
        "azurerm_resource_group": "rg-storage.payments.receipts",
        "azurerm_storage_account": "stpaymentsre31fb42774b44",
        "azurerm_private_endpoint": "pe-stpaymentsre31fb42774b44",
    },
    "machines": {
        "azurerm_linux_virtual_machine": "vm-payments-batch",
        "azurerm_network_interface": "nic-vm-payments-batch",
    },
    "vaults": {
        "azurerm_key_vault": "kvpaymentsma9e474502b24f",
        "azurerm_private_endpoint": "pe-kvpaymentsma9e474502b24f",
    },
    "postgresql": {
        "azurerm_postgresql_flexible_server": "psql-paymentsor-c44a48ef8607",
        "azurerm_postgresql_flexible_server_database": "app",
        "azurerm_private_endpoint": "pe-psql-paymentsor-c44a48ef8607",
    },
    "mssql": {
        "azurerm_mssql_database": "app",
        "azurerm_mssql_server": "sql-paymentsre-7a71dced8fc0",
        "azurerm_private_endpoint": "pe-sql-paymentsre-7a71dced8fc0",
    },
    "redis": {
        "azurerm_managed_redis": "redis-paymentsse-049419145d7f",
        "azurerm_private_endpoint": "pe-redis-paymentsse-049419145d7f",
    },
}
"""Capability -> type -> what its first example calls the one of this type."""

GRANTED = {
    "storage": "Storage Blob Data Contributor",
    "vaults": "Key Vault Secrets User",
    "machines": None,
    "postgresql": None,
    "mssql": None,
    "redis": None,
}
"""Capability -> the one role that its environment's workloads get on it; None where it knows no roles of Azure's."""

CASES = [
    pytest.param(each, dict(request), PLANNED.get((each.name, title), {}), id=f"{each.name}-{title}".replace(" ", "-"))
    for each in WITH_TERRAFORM
    for title, request in each.examples.items()
]
CAPABILITIES = [pytest.param(each, id=each.name) for each in WITH_TERRAFORM]


def test_each_example_has_its_row_and_no_row_is_of_another() -> None:
    assert set(PLANNED) == {(each.name, title) for each in WITH_TERRAFORM for title in each.examples}
    assert set(IN_PRODUCTION) == set(NAMES) == {each.name for each in WITH_TERRAFORM}
    assert (
        set(PLACED)
        == set(GRANTED)
        == {each.name for each in WITH_TERRAFORM if "environment" in each.request.model_fields}
    )


@pytest.mark.parametrize(("capability", "request_", "made"), CASES)
def test_an_example_is_made_stays_as_it_is_and_goes(
    capability: Capability, request_: dict[str, Any], made: dict[str, int], terraform: Terraform, tmp_path: Path
) -> None:
    root = prepared(tmp_path, terraform, capability, request_)
    plan = terraform.plan(root)
    assert _made(plan) == made
    _judged(capability, request_, plan)
    terraform(root, "apply", "-input=false", "saved.plan")
    terraform(root, "plan", "-input=false", "-detailed-exitcode")
    assert set(terraform.outputs(root)) == set(plan["planned_values"]["outputs"])
    removal = terraform.plan(root, "-destroy")
    assert _actions(removal) == Counter({("delete",): sum(made.values())})
    assert judging.findings(removal, _asked(capability, request_, verb="deprovision")) == set()


@pytest.mark.parametrize("capability", CAPABILITIES)
def test_in_production_it_is_as_good_and_stays(capability: Capability, terraform: Terraform, tmp_path: Path) -> None:
    title, example = next(iter(capability.examples.items()))
    request = {**example, "stage": "prod"}
    plan = terraform.plan(prepared(tmp_path, terraform, capability, request))
    assert _made(plan) == _sum(PLANNED[capability.name, title], IN_PRODUCTION[capability.name])
    _judged(capability, request, plan)
    assert _named(plan, NAMES[capability.name]) == NAMES[capability.name]


@pytest.mark.parametrize(
    "capability", [each for each in WITH_TERRAFORM if each.name in PLACED], ids=lambda each: each.name
)
def test_in_an_environment_it_is_in_its_group_and_open_to_its_workloads(
    capability: Capability, terraform: Terraform, tmp_path: Path
) -> None:
    title, example = next(iter(capability.examples.items()))
    request = {**example, "environment": "checkout"}
    plan = terraform.plan(prepared(tmp_path, terraform, capability, request))
    assert _made(plan) == _sum(PLANNED[capability.name, title], PLACED[capability.name])
    _judged(capability, request, plan)
    groups = {values["resource_group_name"] for values in resources(plan).values() if values.get("resource_group_name")}
    assert groups == {"rg-environments.payments.checkout"}
    granted = [values for address, values in resources(plan).items() if ".azurerm_role_assignment." in f".{address}"]
    role = GRANTED[capability.name]
    assert [each["role_definition_name"] for each in granted] == ([role] if role else [])


def test_the_guides_new_capability_fits_the_providers_too(tmp_path: Path) -> None:
    shutil.copytree(INFRA / "modules", tmp_path / "modules")
    shutil.copytree(INFRA.parent / "examples" / "a-new-capability", tmp_path, dirs_exist_ok=True)
    with serving(schemas(used_types(tmp_path))) as attach:
        terraform, root = Terraform(attach), tmp_path / "targets" / "azure" / "queue"
        terraform(root, "init", "-backend=false", "-input=false")
        assert "Success! The configuration is valid." in terraform(root, "validate")


def _judged(capability: Capability, request: dict[str, Any], plan: dict[str, Any]) -> None:
    """What holds for every plan: closed, tagged with what does not change by a request, and past the guardrails."""
    wanted = {
        "team": request["team"],
        "stage": request.get("stage", "dev"),
        "owner": capability.owner,
        "resource": f"{capability.name}.{request['team']}.{request['name']}",
    }
    for address, values in resources(plan).items():
        kind = _type(address)
        assert {name: values[name] for name in CLOSED.get(kind, {})} == CLOSED.get(kind, {}), address
        assert values.get("tags", wanted) == wanted, address
        assert values.get("location", TOLD["location"]) == TOLD["location"], address
    assert judging.findings(plan, _asked(capability, request, verb="provision")) == set()


def _asked(capability: Capability, request: dict[str, Any], verb: str) -> dict[str, str]:
    resource = f"{capability.name}.{request['team']}.{request['name']}"
    return {"verb": verb, "stage": request.get("stage", "dev"), "team": request["team"], "resource": resource}


def _made(plan: dict[str, Any]) -> dict[str, int]:
    return dict(Counter(_type(address) for address in resources(plan)))


def _type(address: str) -> str:
    """`module.key_vault.azurerm_role_assignment.readers["a.b"]` -> `azurerm_role_assignment`."""
    return next(part for part in address.split(".") if part.startswith("azurerm_"))


def _sum(*counts: dict[str, int]) -> dict[str, int]:
    kinds = {kind for each in counts for kind in each}
    total = {kind: sum(each.get(kind, 0) for each in counts) for kind in kinds}
    return {kind: number for kind, number in total.items() if number}


def _named(plan: dict[str, Any], kinds: dict[str, str]) -> dict[str, str]:
    return {_type(address): values["name"] for address, values in resources(plan).items() if _type(address) in kinds}


def _actions(plan: dict[str, Any]) -> "Counter[tuple[str, ...]]":
    changes = (each for each in plan["resource_changes"] if each["mode"] == "managed")
    return Counter(tuple(each["change"]["actions"]) for each in changes)
