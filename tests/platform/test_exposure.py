"""What can be reached from where, and what each part refuses: by hand, argument by argument."""

import json
from typing import Any

import pytest

from tests.platform.terraform import resources

NODES, INGRESS, ENDPOINTS, DATABASES = "10.40.0.0/20", "10.40.16.0/24", "10.40.17.0/24", "10.40.18.0/24"
MACHINES, BUILDS, SERVED = "10.40.20.0/24", "10.40.21.0/24", {"443", "1433", "5432", "10000"}
API_SERVER, PODS, OFFICE, NETWORK = "10.40.19.0/28", "10.244.0.0/16", "203.0.113.0/24", "10.40.0.0/16"
PROBES = "AzureLoadBalancer"

INBOUND = {
    "api-server": {100: ({NODES, PODS}, {"443", "4443"}, "Tcp"), 110: ({PROBES}, {"9988"}, "Tcp")},
    "builds": {100: ({NODES}, {"443"}, "Tcp"), 110: ({BUILDS}, {"443"}, "Tcp")},
    "databases": {100: ({NODES}, {"5432", "6432"}, "Tcp"), 110: ({DATABASES}, {"5432"}, "Tcp")},
    "ingress": {100: ({NETWORK, OFFICE}, {"80", "443"}, "Tcp"), 110: ({PROBES}, {"*"}, "*")},
    "machines": {100: ({NODES}, {"22"}, "Tcp")},
    "nodes": {
        100: ({NODES, PODS}, {"*"}, "*"),
        110: ({API_SERVER}, {"*"}, "*"),
        120: ({PROBES}, {"*"}, "*"),
        130: ({INGRESS, OFFICE}, {"80", "443", "30000-32767"}, "Tcp"),
    },
    "private-endpoints": {100: ({NODES}, SERVED, "Tcp"), 110: ({MACHINES}, SERVED, "Tcp")},
}
"""Subnet -> priority -> (sources, ports, protocol) of what is let in."""

SUBNETS = {
    "api-server": (API_SERVER, "Microsoft.ContainerService/managedClusters"),
    "builds": (BUILDS, None),
    "databases": (DATABASES, "Microsoft.DBforPostgreSQL/flexibleServers"),
    "ingress": (INGRESS, None),
    "machines": (MACHINES, None),
    "nodes": (NODES, None),
    "private-endpoints": (ENDPOINTS, None),
}

CONTAINER_STREAMS = ["Microsoft-ContainerLogV2", "Microsoft-KubeEvents", "Microsoft-KubePodInventory"]

REGISTRY = {
    "admin_enabled": False,
    "anonymous_pull_enabled": False,
    "data_endpoint_enabled": True,
    "location": "westeurope",
    "network_rule_bypass_for_tasks_enabled": None,
    "network_rule_bypass_option": "None",
    "network_rule_set.0.default_action": "Deny",
    "network_rule_set.0.ip_rule": [{"action": "Allow", "ip_range": "203.0.113.7"}],
    "public_network_access_enabled": True,
    "resource_group_name": "RG-idp-aks",
    "retention_policy_in_days": 30,
    "sku": "Premium",
    "zone_redundancy_enabled": True,
}
"""The platform's, and the applications'."""

FIXED: dict[tuple[str, str], dict[str, Any]] = {
    ("bootstrap", "module.state_account.azurerm_storage_account.this"): {
        "account_replication_type": "RAGZRS",
        "allow_nested_items_to_be_public": False,
        "cross_tenant_replication_enabled": False,
        "default_to_oauth_authentication": True,
        "https_traffic_only_enabled": True,
        "infrastructure_encryption_enabled": True,
        "local_user_enabled": False,
        "min_tls_version": "TLS1_2",
        "shared_access_key_enabled": False,
        "network_rules.0.default_action": "Deny",
        "network_rules.0.bypass": ["None"],
        "network_rules.0.ip_rules": ["203.0.113.7"],
        "blob_properties.0.versioning_enabled": True,
        "blob_properties.0.change_feed_enabled": True,
        "blob_properties.0.delete_retention_policy.0.days": 90,
        "blob_properties.0.container_delete_retention_policy.0.days": 90,
        "sas_policy.0.expiration_action": "Block",
        "sas_policy.0.expiration_period": "00.01:00:00",
    },
    ("bootstrap", "module.state_account.azurerm_management_lock.this"): {"lock_level": "CanNotDelete"},
    ("bootstrap", "module.dns_zone.azurerm_management_lock.this"): {"lock_level": "CanNotDelete"},
    ("bootstrap", "module.dns_zone.azurerm_dns_caa_record.this"): {"name": "@", "ttl": 3600},
    ("bootstrap", "module.dns_zone.azurerm_dns_zone.this"): {"name": "packetdance.com"},
    ("network", "module.network.azurerm_nat_gateway.this"): {
        "sku_name": "StandardV2",
        "zones": None,
        "idle_timeout_in_minutes": 10,
    },
    ("network", "module.network.azurerm_virtual_network.this"): {"address_space": [NETWORK]},
    ("network", "module.network.azurerm_public_ip.nat"): {"sku": "StandardV2", "allocation_method": "Static"},
    ("network", "module.state_endpoint.azurerm_private_endpoint.this"): {
        "private_service_connection.0.subresource_names": ["blob"],
        "private_service_connection.0.is_manual_connection": False,
        "private_service_connection.0.private_connection_resource_id": "/standin/azurerm_storage_account/stidpcore0f3a/id",
    },
    ("aks", "module.aks.azurerm_kubernetes_cluster.this"): {
        "api_server_access_profile.0.authorized_ip_ranges": ["203.0.113.7"],
        "api_server_access_profile.0.subnet_id": "/standin/azurerm_subnet/snet-api-server/id",
        "api_server_access_profile.0.virtual_network_integration_enabled": True,
        "automatic_upgrade_channel": "patch",
        "azure_active_directory_role_based_access_control.0.azure_rbac_enabled": True,
        "azure_policy_enabled": True,
        "cost_analysis_enabled": True,
        "default_node_pool.0.auto_scaling_enabled": True,
        "default_node_pool.0.host_encryption_enabled": True,
        "default_node_pool.0.max_count": 5,
        "default_node_pool.0.max_pods": 110,
        "default_node_pool.0.min_count": 3,
        "default_node_pool.0.node_public_ip_enabled": False,
        "default_node_pool.0.only_critical_addons_enabled": True,
        "default_node_pool.0.os_disk_type": "Ephemeral",
        "default_node_pool.0.os_sku": "AzureLinux3",
        "default_node_pool.0.temporary_name_for_rotation": "systemtmp",
        "default_node_pool.0.upgrade_settings.0.max_surge": "33%",
        "default_node_pool.0.upgrade_settings.0.drain_timeout_in_minutes": 30,
        "default_node_pool.0.upgrade_settings.0.node_soak_duration_in_minutes": 5,
        "default_node_pool.0.vnet_subnet_id": "/standin/azurerm_subnet/snet-nodes/id",
        "default_node_pool.0.zones": ["1", "2", "3"],
        "identity.0.type": "UserAssigned",
        "auto_scaler_profile.0.balance_similar_node_groups": True,
        "auto_scaler_profile.0.expander": "least-waste",
        "auto_scaler_profile.0.skip_nodes_with_local_storage": False,
        "auto_scaler_profile.0.skip_nodes_with_system_pods": True,
        "default_node_pool.0.name": "system",
        "default_node_pool.0.tags": {"managed-by": "terraform", "root": "aks"},
        "default_node_pool.0.vm_size": "Standard_D4ds_v5",
        "dns_prefix": "aks-idp",
        "image_cleaner_enabled": True,
        "image_cleaner_interval_hours": 48,
        "kubernetes_version": "1.36",
        "local_account_disabled": True,
        "maintenance_window_auto_upgrade.0.day_of_week": "Sunday",
        "maintenance_window_auto_upgrade.0.duration": 6,
        "maintenance_window_auto_upgrade.0.frequency": "Weekly",
        "maintenance_window_auto_upgrade.0.interval": 1,
        "maintenance_window_auto_upgrade.0.start_time": "01:00",
        "maintenance_window_auto_upgrade.0.utc_offset": "+00:00",
        "maintenance_window_node_os.0.day_of_week": "Saturday",
        "maintenance_window_node_os.0.duration": 6,
        "maintenance_window_node_os.0.frequency": "Weekly",
        "maintenance_window_node_os.0.interval": 1,
        "maintenance_window_node_os.0.start_time": "01:00",
        "maintenance_window_node_os.0.utc_offset": "+00:00",
        "network_profile.0.advanced_networking.0.observability_enabled": True,
        "network_profile.0.advanced_networking.0.security_enabled": True,
        "network_profile.0.dns_service_ip": "10.245.0.10",
        "monitor_metrics.0.annotations_allowed": None,
        "network_profile.0.load_balancer_sku": "standard",
        "network_profile.0.network_data_plane": "cilium",
        "network_profile.0.network_plugin": "azure",
        "network_profile.0.network_plugin_mode": "overlay",
        "network_profile.0.network_policy": "cilium",
        "network_profile.0.outbound_type": "userAssignedNATGateway",
        "network_profile.0.pod_cidr": PODS,
        "network_profile.0.service_cidr": "10.245.0.0/16",
        "node_os_upgrade_channel": "NodeImage",
        "node_provisioning_profile.0.mode": "Manual",
        "oidc_issuer_enabled": True,
        "oms_agent.0.msi_auth_for_monitoring_enabled": True,
        "private_cluster_enabled": False,
        "private_cluster_public_fqdn_enabled": False,
        "role_based_access_control_enabled": True,
        "run_command_enabled": False,
        "sku_tier": "Standard",
        "storage_profile.0.disk_driver_enabled": True,
        "storage_profile.0.file_driver_enabled": True,
        "storage_profile.0.snapshot_controller_enabled": True,
        "support_plan": "KubernetesOfficial",
        "workload_identity_enabled": True,
    },
    ("aks", 'module.aks.azurerm_kubernetes_cluster_node_pool.this["work"]'): {
        "auto_scaling_enabled": True,
        "host_encryption_enabled": True,
        "max_count": 10,
        "max_pods": 110,
        "min_count": 2,
        "mode": "User",
        "node_public_ip_enabled": False,
        "os_disk_type": "Ephemeral",
        "os_sku": "AzureLinux3",
        "temporary_name_for_rotation": "worktmp",
        "upgrade_settings.0.drain_timeout_in_minutes": 30,
        "upgrade_settings.0.max_surge": "33%",
        "upgrade_settings.0.node_soak_duration_in_minutes": 5,
        "vm_size": "Standard_D4ds_v5",
        "vnet_subnet_id": "/standin/azurerm_subnet/snet-nodes/id",
        "zones": ["1", "2", "3"],
    },
    ("aks", "module.key_vault.azurerm_key_vault.this"): {
        "network_acls.0.bypass": "None",
        "network_acls.0.default_action": "Deny",
        "network_acls.0.ip_rules": ["203.0.113.7"],
        "public_network_access_enabled": True,
        "sku_name": "standard",
        "purge_protection_enabled": True,
        "rbac_authorization_enabled": True,
        "soft_delete_retention_days": 90,
    },
    ("aks", "module.container_registry.azurerm_container_registry.this"): {**REGISTRY, "name": "cridp0f3a"},
    ("aks", "module.application_registry.azurerm_container_registry.this"): {**REGISTRY, "name": "cridpapps0f3a"},
    ("aks", "azurerm_container_registry_agent_pool.builds"): {
        "container_registry_name": "cridpapps0f3a",
        "instance_count": 1,
        "location": "westeurope",
        "name": "builds",
        "resource_group_name": "RG-idp-aks",
        "tier": "S2",
        "virtual_network_subnet_id": "/standin/azurerm_subnet/snet-builds/id",
    },
    ("aks", "module.ledger.azurerm_postgresql_flexible_server.this"): {
        "authentication.0.active_directory_auth_enabled": True,
        "authentication.0.password_auth_enabled": False,
        "administrator_password": None,
        "auto_grow_enabled": True,
        "backup_retention_days": 35,
        "delegated_subnet_id": "/standin/azurerm_subnet/snet-databases/id",
        "geo_redundant_backup_enabled": True,
        "high_availability.0.mode": "ZoneRedundant",
        "private_dns_zone_id": "/standin/azurerm_private_dns_zone/privatelink_postgres_database_azure_com/id",
        "public_network_access_enabled": False,
        "sku_name": "GP_Standard_D2ds_v5",
        "storage_mb": 65536,
        "version": "17",
    },
    ("aks", 'module.ledger.azurerm_postgresql_flexible_server_active_directory_administrator.this["idp-operators"]'): {
        "object_id": "11111111-1111-1111-1111-111111111111",
        "principal_type": "Group",
    },
    ("aks", "module.observability.azurerm_monitor_action_group.this"): {
        "email_receiver.0.email_address": "idp-operators@packetdance.com",
        "email_receiver.0.use_common_alert_schema": True,
        "short_name": "idp",
    },
    ("aks", "module.observability.azurerm_monitor_data_collection_endpoint.this"): {"kind": "Linux"},
    ("aks", "module.observability.azurerm_monitor_data_collection_rule.logs"): {
        "data_flow.0.destinations": ["logs"],
        "data_flow.0.streams": CONTAINER_STREAMS,
        "data_sources.0.extension.0.extension_json": json.dumps(
            {
                "dataCollectionSettings": {
                    "enableContainerLogV2": True,
                    "interval": "1m",
                    "namespaceFilteringMode": "Off",
                }
            },
            separators=(",", ":"),
        ),
        "data_sources.0.extension.0.extension_name": "ContainerInsights",
        "data_sources.0.extension.0.streams": CONTAINER_STREAMS,
        "kind": "Linux",
    },
    ("aks", "module.observability.azurerm_monitor_data_collection_rule.metrics"): {
        "data_flow.0.destinations": ["metrics"],
        "data_flow.0.streams": ["Microsoft-PrometheusMetrics"],
        "data_sources.0.prometheus_forwarder.0.streams": ["Microsoft-PrometheusMetrics"],
        "kind": "Linux",
    },
    ("aks", "module.observability.azurerm_log_analytics_workspace.this"): {
        "daily_quota_gb": 20,
        "local_authentication_enabled": False,
        "retention_in_days": 90,
        "sku": "PerGB2018",
    },
}
"""(root, address) -> path of an argument -> its planned value."""


def _at(value: Any, path: str) -> Any:
    for part in path.split("."):
        value = value[int(part)] if part.isdecimal() else value[part]
    return value


@pytest.mark.parametrize(
    ("where", "expected"), FIXED.items(), ids=lambda each: each[1] if isinstance(each, tuple) else ""
)
def test_a_part_is_as_closed_as_the_table_says(
    plans: dict[str, Any], where: tuple[str, str], expected: dict[str, Any]
) -> None:
    planned = resources(plans[where[0]])[where[1]]
    assert {path: _at(planned, path) for path in expected} == expected


def test_each_subnet_lets_in_what_the_table_says_and_denies_the_rest(plans: dict[str, Any]) -> None:
    found: dict[str, dict[int, Any]] = {subnet: {} for subnet in INBOUND}
    denied = {}
    for address, values in resources(plans["network"]).items():
        if "azurerm_network_security_rule.allow" in address:
            assert (values["direction"], values["access"], values["destination_address_prefix"]) == (
                "Inbound",
                "Allow",
                "*",
            )
            assert values["source_port_range"] == "*"
            assert not (values["source_address_prefixes"] and values["source_address_prefix"])
            assert not (values["destination_port_ranges"] and values["destination_port_range"])
            sources = set(values["source_address_prefixes"] or [values["source_address_prefix"]])
            ports = set(values["destination_port_ranges"] or [values["destination_port_range"]])
            subnet = values["network_security_group_name"].removeprefix("nsg-")
            found[subnet][values["priority"]] = (sources, ports, values["protocol"])
        elif "azurerm_network_security_rule.deny" in address:
            everything = (
                "source_address_prefix",
                "destination_address_prefix",
                "destination_port_range",
                "source_port_range",
                "protocol",
            )
            assert {values[each] for each in everything} == {"*"}
            denied[values["network_security_group_name"].removeprefix("nsg-")] = (
                values["access"],
                values["direction"],
                values["priority"],
            )
    assert found == INBOUND
    assert denied == dict.fromkeys(INBOUND, ("Deny", "Inbound", 4096))


def test_subnets_are_where_they_should_be_and_leave_by_the_nat_gateway_alone(plans: dict[str, Any]) -> None:
    planned = resources(plans["network"])
    subnets = {address: values for address, values in planned.items() if "azurerm_subnet.this" in address}
    assert len(subnets) == len(SUBNETS)
    for values in subnets.values():
        prefix, delegated = SUBNETS[values["name"].removeprefix("snet-")]
        assert values["address_prefixes"] == [prefix]
        assert values["default_outbound_access_enabled"] is False
        assert values["private_endpoint_network_policies"] == "NetworkSecurityGroupEnabled"
        services = [each["service_delegation"][0] for each in values["delegation"]]
        assert [each["name"] for each in services] == ([delegated] if delegated else [])
        assert all(each["actions"] == ["Microsoft.Network/virtualNetworks/subnets/join/action"] for each in services)
    assert len(
        [address for address in planned if "azurerm_subnet_network_security_group_association" in address]
    ) == len(SUBNETS)
    leaving = {address for address in planned if "azurerm_subnet_nat_gateway_association" in address}
    association = "module.network.azurerm_subnet_nat_gateway_association.this"
    assert leaving == {f'{association}["{subnet}"]' for subnet in ("builds", "machines", "nodes")}


def test_builds_reach_no_private_endpoint_but_the_one_beside_them(plans: dict[str, Any]) -> None:
    """They run what a repository's Dockerfile says. The edge lets in the whole network."""
    let_in = {
        subnet for subnet, rules in INBOUND.items() for sources, *_ in rules.values() if sources & {BUILDS, NETWORK}
    }
    assert let_in == {"builds", "ingress"}
    endpoints = {
        address.removesuffix(".module.private_endpoint.azurerm_private_endpoint.this")
        for address, values in resources(plans["aks"]).items()
        if "azurerm_private_endpoint" in address and values["subnet_id"] == "/standin/azurerm_subnet/snet-builds/id"
    }
    assert endpoints == {"module.application_registry"}


def test_private_names_answer_inside_the_network(plans: dict[str, Any]) -> None:
    zones = {
        values["name"]
        for address, values in resources(plans["network"]).items()
        if "azurerm_private_dns_zone.this" in address
    }
    assert zones == {
        "privatelink.azurecr.io",
        "privatelink.blob.core.windows.net",
        "privatelink.database.windows.net",
        "privatelink.postgres.database.azure.com",
        "privatelink.redis.azure.net",
        "privatelink.vaultcore.azure.net",
    }


def test_the_nat_gateways_is_the_only_public_address_terraform_makes(plans: dict[str, Any]) -> None:
    addresses = [
        address
        for root in ("bootstrap", "network", "aks")
        for address in resources(plans[root])
        if "azurerm_public_ip." in address
    ]
    assert addresses == ["module.network.azurerm_public_ip.nat"]


def test_the_authority_of_certificates_is_named_for_the_domain(plans: dict[str, Any]) -> None:
    record = resources(plans["bootstrap"])["module.dns_zone.azurerm_dns_caa_record.this"]
    assert {(each["tag"], each["value"], each["flags"]) for each in record["record"]} == {
        ("issue", "letsencrypt.org", 0),
        ("issuewild", "letsencrypt.org", 0),
    }


def test_the_ledgers_server_speaks_tls_only_and_tells_who_came(plans: dict[str, Any]) -> None:
    settings = {
        values["name"]: values["value"]
        for address, values in resources(plans["aks"]).items()
        if "azurerm_postgresql_flexible_server_configuration" in address
    }
    assert settings == {
        "connection_throttle.enable": "on",
        "log_checkpoints": "on",
        "log_connections": "on",
        "log_disconnections": "on",
        "require_secure_transport": "on",
        "ssl_min_protocol_version": "TLSv1.3",
    }


def test_plans_and_old_state_leave_and_the_state_stays(plans: dict[str, Any]) -> None:
    policy = resources(plans["bootstrap"])["module.state_account.azurerm_storage_management_policy.this"]
    rules = {rule["filters"][0]["prefix_match"][0]: rule["actions"][0] for rule in policy["rule"]}
    assert set(rules) == {"plans/", "artifacts/", "state/"}
    assert all(rule["enabled"] for rule in policy["rule"])
    assert rules["plans/"]["base_blob"][0]["delete_after_days_since_creation_greater_than"] == 7
    assert rules["artifacts/"]["base_blob"][0]["delete_after_days_since_creation_greater_than"] == 90
    assert rules["state/"]["base_blob"] == []
    old = {prefix: rule["version"][0]["delete_after_days_since_creation"] for prefix, rule in rules.items()}
    assert old == {"plans/": 7, "artifacts/": 7, "state/": 90}


def test_no_container_of_the_platform_is_public(plans: dict[str, Any]) -> None:
    containers = {
        values["name"]: values["container_access_type"]
        for address, values in resources(plans["bootstrap"]).items()
        if "azurerm_storage_container" in address
    }
    assert containers == dict.fromkeys(("artifacts", "plans", "state"), "private")


def test_everything_that_matters_is_audited(plans: dict[str, Any]) -> None:
    logs = {
        address.removesuffix(".azurerm_monitor_diagnostic_setting.this"): {
            each["category"] or each["category_group"] for each in values["enabled_log"]
        }
        for address, values in resources(plans["aks"]).items()
        if "azurerm_monitor_diagnostic_setting" in address
    }
    assert logs == {
        "azurerm_monitor_diagnostic_setting.state": {"allLogs"},
        "module.aks": {"cluster-autoscaler", "guard", "kube-apiserver", "kube-audit-admin"},
        "module.application_registry": {"audit"},
        "module.container_registry": {"audit"},
        "module.key_vault": {"audit"},
        "module.ledger": {"allLogs"},
    }
