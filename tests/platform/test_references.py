"""Who refers to whom, once all is applied: tables by hand. What a resource is called or like is in the other tables."""

import json
from typing import Any

import pytest

from tests.platform.ground import ROOTS
from tests.platform.terraform import resources

MADE = "/standin"
ACCOUNT = f"{MADE}/azurerm_storage_account/stidpcore0f3a/id"
CLUSTER = f"{MADE}/azurerm_kubernetes_cluster/aks-idp/id"
REGISTRY = f"{MADE}/azurerm_container_registry/cridp0f3a/id"
IMAGES = f"{MADE}/azurerm_container_registry/cridpapps0f3a/id"
SERVER = f"{MADE}/azurerm_postgresql_flexible_server/psql-idp-0f3a/id"
VAULT = f"{MADE}/azurerm_key_vault/kv-idp-0f3a/id"
WORKSPACE = f"{MADE}/azurerm_log_analytics_workspace/log-idp/id"
ZONES = f"{MADE}/azurerm_private_dns_zone"
OPERATORS = "11111111-1111-1111-1111-111111111111"

WATCHED = {
    "azurerm_monitor_diagnostic_setting.state": f"{ACCOUNT}/blobServices/default",
    "module.aks.azurerm_monitor_diagnostic_setting.this": CLUSTER,
    "module.application_registry.azurerm_monitor_diagnostic_setting.this": IMAGES,
    "module.container_registry.azurerm_monitor_diagnostic_setting.this": REGISTRY,
    "module.key_vault.azurerm_monitor_diagnostic_setting.this": VAULT,
    "module.ledger.azurerm_monitor_diagnostic_setting.this": SERVER,
}
"""Diagnostic setting of the root aks -> whose events it sends to the workspace."""

PEOPLE = {
    "module.aks.azurerm_role_assignment.administrators": ("Azure Kubernetes Service RBAC Cluster Admin", CLUSTER),
    "module.application_registry.azurerm_role_assignment.push": ("AcrPush", IMAGES),
    "module.container_registry.azurerm_role_assignment.push": ("AcrPush", REGISTRY),
    "module.key_vault.azurerm_role_assignment.officers": ("Key Vault Secrets Officer", VAULT),
    "module.state_account.azurerm_role_assignment.operators": ("Storage Blob Data Contributor", ACCOUNT),
}
"""What the operators' group may do -> (role, scope)."""

BLOB, ACR, KEYS = "privatelink_blob_core_windows_net", "privatelink_azurecr_io", "privatelink_vaultcore_azure_net"
ENDPOINTS = {
    ("network", "module.state_endpoint"): (ACCOUNT, "blob", BLOB, "private-endpoints"),
    ("aks", "module.application_registry.module.private_endpoint"): (IMAGES, "registry", ACR, "builds"),
    ("aks", "module.container_registry.module.private_endpoint"): (REGISTRY, "registry", ACR, "private-endpoints"),
    ("aks", "module.key_vault.module.private_endpoint"): (VAULT, "vault", KEYS, "private-endpoints"),
}
"""(root, private endpoint) -> (what it leads to, its part, the zone of its name, the subnet it is in)."""

State = dict[str, dict[str, dict[str, Any]]]


@pytest.fixture(scope="module")
def applied(plans: dict[str, Any]) -> State:
    """Root -> address -> values after apply."""
    where = plans["ground"]
    shown = {root: json.loads(where.terraform(where.root(root), "show", "-json")) for root in ROOTS}
    return {root: resources({"planned_values": each["values"]}) for root, each in shown.items()}


def test_every_event_that_is_watched_goes_to_the_workspace(applied: State) -> None:
    found = {
        address: (values["target_resource_id"], values["log_analytics_workspace_id"])
        for address, values in applied["aks"].items()
        if "azurerm_monitor_diagnostic_setting" in address
    }
    assert found == {address: (target, WORKSPACE) for address, target in WATCHED.items()}


def test_the_cluster_and_its_defender_tell_the_workspace(applied: State) -> None:
    cluster = applied["aks"]["module.aks.azurerm_kubernetes_cluster.this"]
    assert cluster["oms_agent"][0]["log_analytics_workspace_id"] == WORKSPACE
    assert cluster["microsoft_defender"][0]["log_analytics_workspace_id"] == WORKSPACE
    assert cluster["azure_active_directory_role_based_access_control"][0]["tenant_id"]
    assert (
        applied["aks"]['module.aks.azurerm_kubernetes_cluster_node_pool.this["work"]']["kubernetes_cluster_id"]
        == CLUSTER
    )


def test_operators_may_do_what_the_table_says_as_a_group(applied: State) -> None:
    found = {
        address.partition("[")[0]: (values["role_definition_name"], values["scope"])
        for root in ROOTS
        for address, values in applied[root].items()
        if "azurerm_role_assignment" in address and values["principal_id"] == OPERATORS
    }
    assert found == PEOPLE


def test_who_has_a_role_is_said_to_be_what_it_is(applied: State) -> None:
    kinds = {
        (values["principal_id"] == OPERATORS, values["principal_type"])
        for root in ROOTS
        for address, values in applied[root].items()
        if "azurerm_role_assignment" in address
    }
    assert kinds == {(True, "Group"), (False, "ServicePrincipal")}


def test_a_condition_and_its_version_come_together(applied: State, plans: dict[str, Any]) -> None:
    planned = {
        address: (bool(values.get("condition")), values.get("condition_version"))
        for address, values in resources(plans["aks"]).items()
        if "azurerm_role_assignment" in address
    }
    bound = 'module.identity["apply"].azurerm_role_assignment.this["grants-a-few"]'
    assert {address for address, told in planned.items() if told != (False, None)} == {bound}
    assert applied["aks"][bound]["condition_version"] == "2.0"


def test_the_control_planes_roles_are_named_for_what_it_joins(applied: State) -> None:
    role = "module.aks.module.control_plane.azurerm_role_assignment.this"
    assert {address for address in applied["aks"] if address.startswith(role)} == {
        f'{role}["hands-over-kubelet"]',
        *(f'{role}["joins-{subnet}"]' for subnet in ("api-server", "ingress", "nodes")),
    }


@pytest.mark.parametrize(("root", "module"), ENDPOINTS)
def test_a_private_endpoint_leads_to_its_own(applied: State, root: str, module: str) -> None:
    target, part, zone, subnet = ENDPOINTS[root, module]
    values = applied[root][f"{module}.azurerm_private_endpoint.this"]
    (connection,), (group,) = values["private_service_connection"], values["private_dns_zone_group"]
    assert values["subnet_id"] == f"{MADE}/azurerm_subnet/snet-{subnet}/id"
    assert (connection["private_connection_resource_id"], connection["subresource_names"]) == (target, [part])
    assert group["private_dns_zone_ids"] == [f"{ZONES}/{zone}/id"]


def test_each_private_zone_answers_in_the_network_and_registers_nothing(applied: State) -> None:
    links = [
        values
        for address, values in applied["network"].items()
        if "azurerm_private_dns_zone_virtual_network_link" in address
    ]
    zones = {
        values["name"] for address, values in applied["network"].items() if "azurerm_private_dns_zone.this" in address
    }
    assert {each["private_dns_zone_id"] for each in links} == {f"{ZONES}/{zone.replace('.', '_')}/id" for zone in zones}
    assert {(each["virtual_network_id"], each["registration_enabled"]) for each in links} == {
        (f"{MADE}/azurerm_virtual_network/vnet-idp/id", False)
    }


def test_each_subnet_has_its_own_rules_and_three_leave_by_the_gateway(applied: State) -> None:
    network = applied["network"]
    rules = {
        (values["subnet_id"], values["network_security_group_id"])
        for address, values in network.items()
        if "azurerm_subnet_network_security_group_association" in address
    }
    names = ("api-server", "builds", "databases", "ingress", "machines", "nodes", "private-endpoints")
    assert rules == {
        (f"{MADE}/azurerm_subnet/snet-{name}/id", f"{MADE}/azurerm_network_security_group/nsg-{name}/id")
        for name in names
    }
    leaving = {
        (values["subnet_id"], values["nat_gateway_id"])
        for address, values in network.items()
        if "azurerm_subnet_nat_gateway_association" in address
    }
    gateway = f"{MADE}/azurerm_nat_gateway/ng-vnet-idp/id"
    assert leaving == {(f"{MADE}/azurerm_subnet/snet-{name}/id", gateway) for name in ("builds", "machines", "nodes")}
    address = network["module.network.azurerm_nat_gateway_public_ip_association.this"]
    assert address["nat_gateway_id"] == gateway
    assert address["public_ip_address_id"] == f"{MADE}/azurerm_public_ip/pip-vnet-idp-nat/id"


def test_metrics_and_logs_of_the_cluster_go_each_their_way(applied: State) -> None:
    made, rules = applied["aks"], "module.observability.azurerm_monitor_data_collection_rule"
    metrics, logs = made[f"{rules}.metrics"], made[f"{rules}.logs"]
    assert metrics["data_collection_endpoint_id"] == f"{MADE}/azurerm_monitor_data_collection_endpoint/dce-idp/id"
    assert (
        metrics["destinations"][0]["monitor_account"][0]["monitor_account_id"]
        == f"{MADE}/azurerm_monitor_workspace/amw-idp/id"
    )
    assert logs["destinations"][0]["log_analytics"][0]["workspace_resource_id"] == WORKSPACE
    associated = {
        address: (values["target_resource_id"], values["data_collection_rule_id"])
        for address, values in made.items()
        if "azurerm_monitor_data_collection_rule_association" in address
    }
    association = "module.aks.azurerm_monitor_data_collection_rule_association.this"
    assert associated == {
        f'{association}["{kind}"]': (CLUSTER, f"{MADE}/azurerm_monitor_data_collection_rule/dcr-idp-{kind}/id")
        for kind in ("logs", "metrics")
    }
