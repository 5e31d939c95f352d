"""What each capability is on Azure in production, beside what test_catalog.py holds of all and test_databases.py of databases; and what
a cluster without a cloud records instead: by hand, argument by argument."""

import json
from pathlib import Path
from typing import Any

import pytest

from idp.catalog import CATALOG
from tests.platform import requested
from tests.platform.catalogue import PLATFORM, TOLD, WITH_TERRAFORM
from tests.platform.terraform import Terraform, resources

MADE = "/standin"
GROUP = "rg-environments.payments.checkout"
MACHINE = f"{MADE}/azurerm_linux_virtual_machine/vm-payments-batch/id"
RULE = f"{MADE}/azurerm_monitor_data_collection_rule/dcr-vm-payments-batch/id"
ACCOUNT = f"{MADE}/azurerm_storage_account/stpaymentsre31fb42774b44/id"
ZONES: Any = TOLD["private_dns_zone_ids"]
WORKSPACE = TOLD["log_analytics_workspace_id"]
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPKSUxyl1yuBBgYv2VYyHAvnlJkJWYDQDRMXZqK4ssK"
LEVELS = ["Warning", "Error", "Critical", "Alert", "Emergency"]


def _vault(name: str) -> dict[str, dict[str, Any]]:
    vault = f"{MADE}/azurerm_key_vault/{name}/id"
    return {
        "module.key_vault.azurerm_key_vault.this": {
            "network_acls.0.default_action": "Deny",
            "network_acls.0.bypass": "None",
        },
        "module.key_vault.azurerm_monitor_diagnostic_setting.this": {
            "enabled_log.0.category_group": "audit",
            "log_analytics_workspace_id": WORKSPACE,
            "target_resource_id": vault,
        },
        'module.key_vault.azurerm_role_assignment.readers["workloads"]': {"scope": vault},
        "module.key_vault.module.private_endpoint.azurerm_private_endpoint.this": {
            "private_service_connection.0.private_connection_resource_id": vault,
            "private_service_connection.0.subresource_names": ["vault"],
            "private_dns_zone_group.0.private_dns_zone_ids": [ZONES["vault"]],
        },
    }


AZURE: dict[str, dict[str, dict[str, Any]]] = {
    "environments": {
        **_vault("kvpaymentschd54e0415790b"),
        "azurerm_consumption_budget_resource_group.this": {
            "amount": 2000,
            "name": "monthly",
            "resource_group_id": f"{MADE}/azurerm_resource_group/rg-environments_payments_checkout/id",
            "time_grain": "Monthly",
        },
        'azurerm_management_lock.this["identity"]': {
            "scope": f"{MADE}/azurerm_user_assigned_identity/id-payments-checkout/id"
        },
        'azurerm_management_lock.this["vault"]': {"scope": f"{MADE}/azurerm_key_vault/kvpaymentschd54e0415790b/id"},
        'module.workload_identity.azurerm_federated_identity_credential.this["env-payments-checkout/workload"]': {
            "audience": ["api://AzureADTokenExchange"],
            "issuer": TOLD["oidc_issuer_url"],
            "subject": "system:serviceaccount:env-payments-checkout:workload",
            "user_assigned_identity_id": f"{MADE}/azurerm_user_assigned_identity/id-payments-checkout/id",
        },
    },
    "machines": {
        "azurerm_linux_virtual_machine.this": {
            "admin_ssh_key": [{"public_key": KEY, "username": "steward"}],
            "admin_username": "steward",
            "computer_name": "vm-payments-batch",
            "disable_password_authentication": True,
            "encryption_at_host_enabled": True,
            "identity.0.identity_ids": [f"{MADE}/azurerm_user_assigned_identity/id-payments-checkout/id"],
            "identity.0.type": "SystemAssigned, UserAssigned",
            "network_interface_ids": [f"{MADE}/azurerm_network_interface/nic-vm-payments-batch/id"],
            "os_disk.0.caching": "ReadWrite",
            "os_disk.0.disk_size_gb": 64,
            "os_disk.0.name": "osdisk-vm-payments-batch",
            "os_disk.0.storage_account_type": "Premium_LRS",
            "patch_assessment_mode": "AutomaticByPlatform",
            "patch_mode": "AutomaticByPlatform",
            "provision_vm_agent": True,
            "reboot_setting": "IfRequired",
            "secure_boot_enabled": True,
            "size": "Standard_B2s",
            "source_image_reference": [
                {"publisher": "Canonical", "offer": "ubuntu-24_04-lts", "sku": "server", "version": "latest"}
            ],
            "vtpm_enabled": True,
        },
        "azurerm_management_lock.this[0]": {"scope": MACHINE},
        "azurerm_monitor_data_collection_rule.this": {
            "data_flow.0.destinations": ["platform"],
            "data_flow.0.streams": ["Microsoft-Syslog"],
            "data_sources.0.syslog.0.facility_names": ["auth", "authpriv", "daemon", "kern"],
            "data_sources.0.syslog.0.log_levels": LEVELS,
            "data_sources.0.syslog.0.streams": ["Microsoft-Syslog"],
            "destinations.0.log_analytics": [{"name": "platform", "workspace_resource_id": WORKSPACE}],
            "kind": "Linux",
        },
        "azurerm_monitor_data_collection_rule_association.this": {
            "data_collection_rule_id": RULE,
            "target_resource_id": MACHINE,
        },
        "azurerm_network_interface.this": {
            "ip_configuration.0.private_ip_address_allocation": "Dynamic",
            "ip_configuration.0.public_ip_address_id": None,
            "ip_configuration.0.subnet_id": f"{PLATFORM}/virtualNetworks/vnet-idp/subnets/snet-machines",
        },
        **{
            f'azurerm_virtual_machine_extension.this["{kind}"]': {
                "auto_upgrade_minor_version": True,
                "publisher": publisher,
                "type": kind,
                "type_handler_version": version,
                "virtual_machine_id": MACHINE,
            }
            for kind, publisher, version in (
                ("AADSSHLoginForLinux", "Microsoft.Azure.ActiveDirectory", "1.0"),
                ("AzureMonitorLinuxAgent", "Microsoft.Azure.Monitor", "1.33"),
            )
        },
    },
    "storage": {
        "azurerm_management_lock.this[0]": {"scope": ACCOUNT},
        "azurerm_monitor_diagnostic_setting.this": {
            "log_analytics_workspace_id": WORKSPACE,
            "target_resource_id": f"{ACCOUNT}/blobServices/default",
        },
        'azurerm_role_assignment.environment["workloads"]': {"scope": ACCOUNT},
        "azurerm_storage_account.this": {
            "account_kind": "StorageV2",
            "account_replication_type": "ZRS",
            "account_tier": "Standard",
            "blob_properties.0.container_delete_retention_policy.0.days": 7,
            "blob_properties.0.delete_retention_policy.0.days": 7,
            "blob_properties.0.versioning_enabled": True,
            "network_rules.0.bypass": ["None"],
            "network_rules.0.default_action": "Deny",
        },
        "azurerm_storage_management_policy.this": {
            "rule.0.actions.0.version.0.delete_after_days_since_creation": 7,
            "rule.0.enabled": True,
            "rule.0.filters.0.blob_types": ["blockBlob"],
            "storage_account_id": ACCOUNT,
        },
        "module.private_endpoint.azurerm_private_endpoint.this": {
            "private_service_connection.0.private_connection_resource_id": ACCOUNT,
            "private_service_connection.0.subresource_names": ["blob"],
            "private_dns_zone_group.0.private_dns_zone_ids": [ZONES["blob"]],
        },
    },
    "vaults": {
        **_vault("kvpaymentsma9e474502b24f"),
        "azurerm_management_lock.this[0]": {"scope": f"{MADE}/azurerm_key_vault/kvpaymentsma9e474502b24f/id"},
    },
}
"""Capability -> address -> path of an argument -> its value after apply, in production and in an environment."""

NOTICES = {(100, "GreaterThan", "Forecasted"), (90, "GreaterThan", "Actual")}
"""Of a budget: percent, and of what; each is mailed to those who are told."""


def _tags(capability: str, name: str) -> dict[str, str]:
    return {"owner": "platform", "resource": f"{capability}.payments.{name}", "stage": "prod", "team": "payments"}


RECORDED: dict[str, dict[str, Any]] = {
    "environments": {
        "dns-record": {"tags": _tags("environments", "checkout")},
        "key-vault": {
            "readers": ["id-payments-checkout"],
            "resource_group": GROUP,
            "tags": _tags("environments", "checkout"),
        },
        "resource-group": {"tags": _tags("environments", "checkout")},
        "workload-identity": {
            "namespace": "env-payments-checkout",
            "resource_group": GROUP,
            "tags": _tags("environments", "checkout"),
        },
    },
    "machines": {
        "virtual-machine": {
            "administrator": "steward",
            "administrator_key": KEY,
            "disk_gib": 64,
            "encryption_at_host": True,
            "identity": "id-payments-checkout",
            "locked": True,
            "password_authentication": False,
            "public_address": False,
            "resource_group": GROUP,
            "secure_boot": True,
            "sku": "Standard_B2s",
            "tags": _tags("machines", "batch"),
        }
    },
    "mssql": {
        "azuread_authentication_only": True,
        "backup_days": 7,
        "backup_storage": "GeoZone",
        "locked": True,
        "minimum_tls_version": "1.2",
        "outbound_network_restriction_enabled": True,
        "public_network_access_enabled": False,
        "resource_group": GROUP,
        "serverless": True,
        "sku": "GP_S_Gen5_1",
        "sleeps_minutes": -1,
        "storage_gib": 32,
        "tags": _tags("mssql", "reports"),
        "user": "id-payments-checkout",
        "zone_redundant": True,
    },
    "postgresql": {
        "backup_days": 7,
        "backup_in_two_regions": True,
        "locked": True,
        "parameters": {
            "connection_throttle.enable": "on",
            "log_checkpoints": "on",
            "log_connections": "on",
            "log_disconnections": "on",
            "require_secure_transport": "on",
            "ssl_min_protocol_version": "TLSv1.2",
        },
        "password_auth_enabled": False,
        "public_network_access_enabled": False,
        "resource_group": GROUP,
        "sku": "B_Standard_B1ms",
        "storage_gib": 32,
        "tags": _tags("postgresql", "orders"),
        "user": "id-payments-checkout",
        "version": "17",
        "zone_redundant": False,
    },
    "redis": {
        "access_keys_authentication_enabled": False,
        "client_protocol": "Encrypted",
        "clustering_policy": "EnterpriseCluster",
        "eviction_policy": "AllKeysLRU",
        "locked": True,
        "public_network_access": "Disabled",
        "resource_group": GROUP,
        "sku": "Balanced_B0",
        "tags": _tags("redis", "sessions"),
        "user": "id-payments-checkout",
        "written_to_disk": None,
        "zone_redundant": True,
    },
    "storage": {
        "storage-account": {
            "allow_nested_items_to_be_public": False,
            "containers": ["exports", "invoices"],
            "delete_retention_days": 7,
            "minimum_tls_version": "TLS1_2",
            "public_network_access_enabled": False,
            "replication": "ZRS",
            "resource_group": GROUP,
            "shared_access_key_enabled": False,
            "tags": _tags("storage", "receipts"),
        }
    },
    "vaults": {
        "key-vault": {
            "readers": ["id-payments-checkout"],
            "resource_group": GROUP,
            "tags": _tags("vaults", "mail"),
        }
    },
}
"""Capability -> kind -> what is recorded of it where there is no cloud, in production and in an environment.

A database is one kind, of the name that the capability has.
"""


def _at(value: Any, path: str) -> Any:
    for part in path.split("."):
        value = value[int(part)] if part.isdecimal() else value[part]
    return value


@pytest.mark.parametrize("name", AZURE)
def test_on_azure_it_is_what_the_table_says(name: str, terraform: Terraform, tmp_path: Path) -> None:
    capability = CATALOG[name]
    root = requested.root(tmp_path, terraform, "azure", capability, requested.examples(capability)["in production"])
    terraform(root, "apply", "-input=false", "-auto-approve")
    made = resources({"planned_values": json.loads(terraform(root, "show", "-json"))["values"]})
    for address, expected in AZURE[name].items():
        assert {path: _at(made[address], path) for path in expected} == expected, address
    for budget in (values for address, values in made.items() if "consumption_budget" in address):
        notices = budget["notification"]
        assert {(each["threshold"], each["operator"], each["threshold_type"]) for each in notices} == NOTICES
        assert all(each["contact_emails"] == TOLD["budget_receivers"] for each in notices)


@pytest.mark.parametrize("target", ["kubernetes", "sandbox"])
@pytest.mark.parametrize("name", RECORDED)
def test_without_a_cloud_it_is_recorded_as_the_table_says(
    name: str, target: str, terraform: Terraform, tmp_path: Path
) -> None:
    capability = CATALOG[name]
    root = requested.root(tmp_path, terraform, target, capability, requested.examples(capability)["in production"])
    things = [
        values["input"] for address, values in resources(terraform.plan(root)).items() if address.endswith(".thing")
    ]
    expected = RECORDED[name]
    if target == "sandbox":
        kinds = {Path(each["path"]).name.partition(".")[0]: each for each in things}
    else:
        kinds = {each["kind"]: each for each in things}
    found = {kind: json.loads(each["properties"]) for kind, each in kinds.items()}
    assert found == expected or list(found.values()) == [expected]


def _sized(name: str, size: str, target: str, terraform: Terraform, folder: Path) -> dict[str, dict[str, Any]]:
    """Address -> planned values, in production."""
    capability = CATALOG[name]
    request = {**requested.examples(capability)["in production"], "size": size}
    return resources(terraform.plan(requested.root(folder, terraform, target, capability, request)))


def test_a_large_sql_server_never_sleeps_and_has_its_cores_always(terraform: Terraform, tmp_path: Path) -> None:
    (thing,) = _sized("mssql", "large", "kubernetes", terraform, tmp_path / "recorded").values()
    settings = json.loads(thing["input"]["properties"])
    assert (settings["serverless"], settings["sleeps_minutes"]) == (False, None)
    database = _sized("mssql", "large", "azure", terraform, tmp_path / "made")["azurerm_mssql_database.this"]
    assert database.get("min_capacity") is None, "Azure's own: nothing is said"


@pytest.mark.parametrize(
    ("name", "size", "gib"),
    [("postgresql", "medium", 64), ("postgresql", "large", 128), ("mssql", "medium", 128), ("mssql", "large", 512)],
)
def test_a_larger_database_has_a_larger_disk(
    name: str, size: str, gib: int, terraform: Terraform, tmp_path: Path
) -> None:
    (thing,) = _sized(name, size, "kubernetes", terraform, tmp_path).values()
    assert json.loads(thing["input"]["properties"])["storage_gib"] == gib


def test_each_capability_has_its_rows() -> None:
    names = {capability.name for capability in WITH_TERRAFORM}
    assert set(RECORDED) == names
    assert set(AZURE) == names - {"mssql", "postgresql", "redis"}
