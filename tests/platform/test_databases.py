"""What a database is on Azure, by stage and size: by hand, argument by argument."""

import json
from pathlib import Path
from typing import Any

import pytest

from idp.catalog import CATALOG
from tests.platform.catalogue import TOLD, prepared
from tests.platform.terraform import Terraform, resources

SERVER, DATABASE, CACHE = (
    "azurerm_postgresql_flexible_server.this",
    "azurerm_mssql_database.this",
    "azurerm_managed_redis.this",
)
ZONES: Any = TOLD["private_dns_zone_ids"]
IDENTITY = "data.azurerm_user_assigned_identity.environment"

REQUESTS: dict[str, dict[str, Any]] = {
    "a small server of dev": {"capability": "postgresql"},
    "a large server of production": {
        "capability": "postgresql",
        "stage": "prod",
        "size": "large",
        "major_version": "18",
        "backup_days": 35,
    },
    "a small server of production": {"capability": "postgresql", "stage": "prod"},
    "a sleeping SQL Server": {"capability": "mssql"},
    "a SQL Server of production": {"capability": "mssql", "stage": "prod", "size": "medium", "backup_days": 35},
    "a large SQL Server": {"capability": "mssql", "stage": "prod", "size": "large"},
    "a cache of dev": {"capability": "redis"},
    "a store of dev": {"capability": "redis", "purpose": "store"},
    "a cache of staging": {"capability": "redis", "stage": "staging", "size": "medium"},
    "a store of production": {"capability": "redis", "stage": "prod", "size": "large", "purpose": "store"},
}

PLANNED: dict[str, dict[str, dict[str, Any]]] = {
    "a small server of dev": {
        SERVER: {
            "version": "17",
            "sku_name": "B_Standard_B1ms",
            "storage_mb": 32768,
            "auto_grow_enabled": True,
            "backup_retention_days": 7,
            "geo_redundant_backup_enabled": False,
            "high_availability": [],
            "delegated_subnet_id": None,
            "administrator_password": None,
            "authentication.0.active_directory_auth_enabled": True,
            "authentication.0.password_auth_enabled": False,
            "authentication.0.tenant_id": TOLD["tenant_id"],
            "maintenance_window.0.day_of_week": 0,
            "maintenance_window.0.start_hour": 3,
        },
        "azurerm_postgresql_flexible_server_active_directory_administrator.workloads": {
            "principal_type": "ServicePrincipal",
            "tenant_id": TOLD["tenant_id"],
        },
        "azurerm_postgresql_flexible_server_database.this": {
            "name": "app",
            "charset": "UTF8",
            "collation": "en_US.utf8",
        },
        **{
            f'azurerm_postgresql_flexible_server_configuration.this["{name}"]': {"name": name, "value": value}
            for name, value in {
                "connection_throttle.enable": "on",
                "log_checkpoints": "on",
                "log_connections": "on",
                "log_disconnections": "on",
                "require_secure_transport": "on",
                "ssl_min_protocol_version": "TLSv1.2",
            }.items()
        },
        "azurerm_monitor_diagnostic_setting.this": {"enabled_log.0.category_group": "allLogs"},
        "module.private_endpoint.azurerm_private_endpoint.this": {
            "private_service_connection.0.subresource_names": ["postgresqlServer"],
            "private_dns_zone_group.0.private_dns_zone_ids": [ZONES["postgresql"]],
        },
    },
    "a large server of production": {
        SERVER: {
            "version": "18",
            "sku_name": "GP_Standard_D4ds_v5",
            "storage_mb": 131072,
            "backup_retention_days": 35,
            "geo_redundant_backup_enabled": True,
            "high_availability.0.mode": "ZoneRedundant",
        },
        "azurerm_management_lock.this[0]": {"name": "server-stays"},
    },
    # Azure has no standby for burstable ones; all else of production they have.
    "a small server of production": {
        SERVER: {"sku_name": "B_Standard_B1ms", "geo_redundant_backup_enabled": True, "high_availability": []},
        "azurerm_management_lock.this[0]": {"name": "server-stays"},
    },
    "a sleeping SQL Server": {
        DATABASE: {
            "sku_name": "GP_S_Gen5_1",
            "max_size_gb": 32,
            "min_capacity": 0.5,
            "auto_pause_delay_in_minutes": 60,
            "zone_redundant": False,
            "storage_account_type": "Zone",
            "short_term_retention_policy.0.retention_days": 7,
        },
        "azurerm_mssql_server.this": {
            "version": "12.0",
            "administrator_login_password": None,
            "azuread_administrator.0.azuread_authentication_only": True,
            "azuread_administrator.0.tenant_id": TOLD["tenant_id"],
        },
        "azurerm_monitor_diagnostic_setting.audit": {"enabled_log.0.category": "SQLSecurityAuditEvents"},
        "azurerm_monitor_diagnostic_setting.this": {
            "enabled_log.0.category": "Blocks",
            "enabled_log.1.category": "Deadlocks",
            "enabled_log.2.category": "Errors",
            "enabled_log.3.category": "Timeouts",
        },
        "module.private_endpoint.azurerm_private_endpoint.this": {
            "private_service_connection.0.subresource_names": ["sqlServer"],
            "private_dns_zone_group.0.private_dns_zone_ids": [ZONES["mssql"]],
        },
    },
    "a SQL Server of production": {
        DATABASE: {
            "sku_name": "GP_S_Gen5_2",
            "max_size_gb": 128,
            "min_capacity": 0.5,
            "auto_pause_delay_in_minutes": -1,
            "zone_redundant": True,
            "storage_account_type": "GeoZone",
            "short_term_retention_policy.0.retention_days": 35,
        },
        "azurerm_management_lock.this[0]": {"name": "server-stays"},
    },
    "a large SQL Server": {
        DATABASE: {"sku_name": "GP_Gen5_4", "max_size_gb": 512, "zone_redundant": True},
    },
    "a cache of dev": {
        CACHE: {
            "sku_name": "Balanced_B0",
            "high_availability_enabled": False,
            "public_network_access": "Disabled",
            "default_database.0.access_keys_authentication_enabled": False,
            "default_database.0.client_protocol": "Encrypted",
            "default_database.0.clustering_policy": "EnterpriseCluster",
            "default_database.0.eviction_policy": "AllKeysLRU",
            "default_database.0.persistence_append_only_file_backup_frequency": None,
        },
        "azurerm_monitor_diagnostic_setting.this": {"enabled_log.0.category": "ConnectionEvents"},
        "module.private_endpoint.azurerm_private_endpoint.this": {
            "private_service_connection.0.subresource_names": ["redisEnterprise"],
            "private_dns_zone_group.0.private_dns_zone_ids": [ZONES["redis"]],
        },
    },
    "a store of dev": {
        CACHE: {
            "high_availability_enabled": True,
            "default_database.0.eviction_policy": "NoEviction",
            "default_database.0.persistence_append_only_file_backup_frequency": "1s",
        },
    },
    "a cache of staging": {CACHE: {"sku_name": "Balanced_B1", "high_availability_enabled": True}},
    "a store of production": {
        CACHE: {
            "sku_name": "Balanced_B3",
            "high_availability_enabled": True,
            "default_database.0.eviction_policy": "NoEviction",
        },
        "azurerm_management_lock.this[0]": {"name": "cache-stays"},
    },
}
"""What is asked for -> address -> argument -> value."""


@pytest.mark.parametrize("asked", REQUESTS)
def test_a_database_is_planned_as_the_table_says(asked: str, terraform: Terraform, tmp_path: Path) -> None:
    planned = resources(_planned(asked, terraform, tmp_path))
    for address, expected in PLANNED[asked].items():
        assert {path: _at(planned[address], path) for path in expected} == expected, address
    assert any("azurerm_management_lock" in address for address in planned) == (REQUESTS[asked].get("stage") == "prod")


@pytest.mark.parametrize(
    ("asked", "enters", "reference"),
    [
        (
            "a small server of dev",
            "azurerm_postgresql_flexible_server_active_directory_administrator.workloads",
            {"object_id": "principal_id", "principal_name": "name"},
        ),
        (
            "a sleeping SQL Server",
            "azurerm_mssql_server.this",
            {"azuread_administrator.0.object_id": "client_id", "azuread_administrator.0.login_username": "name"},
        ),
        (
            "a cache of dev",
            "azurerm_managed_redis_access_policy_assignment.workloads",
            {"object_id": "principal_id"},
        ),
    ],
)
def test_its_environments_identity_enters_and_nobody_else(
    asked: str, enters: str, reference: dict[str, str], terraform: Terraform, tmp_path: Path
) -> None:
    plan = _planned(asked, terraform, tmp_path)
    (identity,) = [
        each["values"]
        for each in plan["prior_state"]["values"]["root_module"]["resources"]
        if each["address"] == IDENTITY
    ]
    assert (identity["name"], identity["resource_group_name"]) == (
        "id-payments-checkout",
        "rg-environments.payments.checkout",
    )
    planned = resources(plan)
    assert {path: _at(planned[enters], path) for path in reference} == {
        path: identity[attribute] for path, attribute in reference.items()
    }
    assert len([address for address in planned if "administrator" in address or "access_policy" in address]) <= 1


MADE = {
    "postgresql": "a large server of production",
    "mssql": "a SQL Server of production",
    "redis": "a store of production",
}
FACTS = {
    "postgresql": ("host", "port", "database", "user"),
    "mssql": ("host", "port", "database", "user"),
    "redis": ("host", "port", "user"),
}
POSTGRESQL_ID = "/standin/azurerm_postgresql_flexible_server/psql-paymentsor-c44a48ef8607/id"
MSSQL_ID = "/standin/azurerm_mssql_server/sql-paymentsor-f5c0fa4f7db7/id"
REDIS_ID = "/standin/azurerm_managed_redis/redis-paymentsor-40afeb934b3e/id"
ENDPOINT = "module.private_endpoint.azurerm_private_endpoint.this"
CONNECTED = "private_service_connection.0.private_connection_resource_id"

WIRED: dict[str, dict[str, dict[str, Any]]] = {
    "postgresql": {
        "azurerm_management_lock.this[0]": {"scope": POSTGRESQL_ID},
        "azurerm_monitor_diagnostic_setting.this": {"target_resource_id": POSTGRESQL_ID},
        "azurerm_postgresql_flexible_server_active_directory_administrator.workloads": {
            "server_name": "psql-paymentsor-c44a48ef8607"
        },
        "azurerm_postgresql_flexible_server_database.this": {"server_id": POSTGRESQL_ID},
        'azurerm_postgresql_flexible_server_configuration.this["require_secure_transport"]': {
            "server_id": POSTGRESQL_ID
        },
        ENDPOINT: {CONNECTED: POSTGRESQL_ID},
    },
    "mssql": {
        "azurerm_management_lock.this[0]": {"scope": MSSQL_ID},
        "azurerm_monitor_diagnostic_setting.audit": {"target_resource_id": f"{MSSQL_ID}/databases/master"},
        "azurerm_monitor_diagnostic_setting.this": {"target_resource_id": "/standin/azurerm_mssql_database/app/id"},
        "azurerm_mssql_database.this": {"server_id": MSSQL_ID},
        "azurerm_mssql_server_extended_auditing_policy.this": {"server_id": MSSQL_ID},
        ENDPOINT: {CONNECTED: MSSQL_ID},
    },
    "redis": {
        "azurerm_management_lock.this[0]": {"scope": REDIS_ID},
        "azurerm_managed_redis_access_policy_assignment.workloads": {"managed_redis_id": REDIS_ID},
        "azurerm_monitor_diagnostic_setting.this": {"target_resource_id": f"{REDIS_ID}/databases/default"},
        ENDPOINT: {CONNECTED: REDIS_ID},
    },
}
"""Capability -> address -> argument -> whose it is, once it is made."""

HELD = {
    "postgresql": {
        "azurerm_monitor_diagnostic_setting.this",
        "azurerm_postgresql_flexible_server_active_directory_administrator.workloads",
        "azurerm_postgresql_flexible_server_configuration.this",
        "azurerm_postgresql_flexible_server_database.this",
        "module.private_endpoint",
    },
    "mssql": {
        "azurerm_monitor_diagnostic_setting.this",
        "azurerm_mssql_server_extended_auditing_policy.this",
        "module.private_endpoint",
    },
    "redis": {
        "azurerm_managed_redis_access_policy_assignment.workloads",
        "azurerm_monitor_diagnostic_setting.this",
        "module.private_endpoint",
    },
}
"""Capability -> what its lock would hold, and is therefore made before it and goes after it."""


@pytest.fixture(scope="module")
def made(terraform: Terraform, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Capability -> one of production that is made: its folder, plan, resources and outputs."""
    found = {}
    for capability, asked in MADE.items():
        folder = tmp_path_factory.mktemp(capability)
        plan = _planned(asked, terraform, folder)
        root = folder / "targets" / "azure" / capability
        terraform(root, "apply", "-input=false", "saved.plan")
        shown = {"planned_values": json.loads(terraform(root, "show", "-json"))["values"]}
        found[capability] = (root, plan, resources(shown), terraform.outputs(root))
    return found


@pytest.mark.parametrize("capability", MADE)
def test_each_part_is_of_this_server_and_no_other(made: dict[str, Any], capability: str) -> None:
    _, _, there, _ = made[capability]
    for address, expected in WIRED[capability].items():
        assert {path: _at(there[address], path) for path in expected} == expected, address


@pytest.mark.parametrize("capability", MADE)
def test_its_secrets_say_what_the_outputs_say_and_no_password(made: dict[str, Any], capability: str) -> None:
    _, _, there, outputs = made[capability]
    secrets = {
        values["name"]: values["value"] for address, values in there.items() if "azurerm_key_vault_secret." in address
    }
    secret = f"{capability}-orders"
    assert secrets == {f"{secret}-{fact}": str(outputs[fact]) for fact in FACTS[capability]}
    assert outputs["secrets"] == {fact.upper(): f"{secret}-{fact}" for fact in FACTS[capability]}
    told = ("secret", "namespace", "resource_group", "key_vault")
    assert {name: outputs[name] for name in told} == {
        "secret": secret,
        "namespace": "env-payments-checkout",
        "resource_group": "rg-environments.payments.checkout",
        "key_vault": "kvpaymentschd54e0415790b",
    }


@pytest.mark.parametrize(
    ("capability", "outputs"),
    [
        (
            "postgresql",
            {"server": "psql-paymentsor-c44a48ef8607", "port": 5432, "database": "app", "price_class": "high"},
        ),
        ("mssql", {"server": "sql-paymentsor-f5c0fa4f7db7", "port": 1433, "database": "app", "price_class": "medium"}),
        ("redis", {"cache": "redis-paymentsor-40afeb934b3e", "port": 10000, "price_class": "high"}),
    ],
)
def test_its_outputs_say_what_it_is(made: dict[str, Any], capability: str, outputs: dict[str, Any]) -> None:
    assert {name: made[capability][3][name] for name in outputs} == outputs


@pytest.mark.parametrize("capability", MADE)
def test_a_lock_is_the_last_to_come_and_the_first_to_go(made: dict[str, Any], capability: str) -> None:
    configured = made[capability][1]["configuration"]["root_module"]["resources"]
    (lock,) = [each for each in configured if each["type"] == "azurerm_management_lock"]
    assert set(lock["depends_on"]) == HELD[capability]


@pytest.mark.parametrize("capability", MADE)
def test_its_provider_registers_nothing_and_purges_no_secret(made: dict[str, Any], capability: str) -> None:
    provider = made[capability][1]["configuration"]["provider_config"]["azurerm"]["expressions"]
    assert provider["resource_provider_registrations"] == {"constant_value": "none"}
    assert provider["features"] == [
        {
            "key_vault": [
                {
                    "purge_soft_deleted_secrets_on_destroy": {"constant_value": False},
                    "recover_soft_deleted_secrets": {"constant_value": True},
                }
            ]
        }
    ]


def test_storage_that_azure_has_grown_stays_as_it_is(made: dict[str, Any], terraform: Terraform) -> None:
    root, *_ = made["postgresql"]
    asked = json.loads((root / "terraform.tfvars.json").read_text())
    (root / "smaller.auto.tfvars.json").write_text(json.dumps({**asked, "size": "medium"}))
    plan = terraform.plan(root)
    (change,) = [each["change"] for each in plan["resource_changes"] if each["address"] == SERVER]
    changed = {name for name, value in change["before"].items() if change["after"].get(name) != value}
    assert (change["actions"], changed) == (["update"], {"sku_name"})


def _planned(asked: str, terraform: Terraform, folder: Path) -> dict[str, Any]:
    request = {"team": "payments", "name": "orders", "environment": "checkout", **REQUESTS[asked]}
    capability = CATALOG[request.pop("capability")]
    return terraform.plan(prepared(folder, terraform, capability, request))


def _at(value: Any, path: str) -> Any:
    """`authentication.0.tenant_id`: the name of an argument, or the number of a block."""
    for part in path.split("."):
        value = value[int(part)] if part.isdecimal() else value[part]
    return value
