"""Who may act as whom, and what each may do: the tables below are the rule, written by hand."""

import json
import re
from typing import Any

import pytest

from tests.platform.terraform import resources

CATALOG = "/subscriptions/22222222-2222-2222-2222-222222222222"
ZONE = "/standin/azurerm_dns_zone/packetdance_com/id"
PRIVATE_ZONE = "/standin/azurerm_private_dns_zone"
OPERATORS = "11111111-1111-1111-1111-111111111111"
CORE = "/standin/azurerm_resource_group/RG-core/id"
IMAGES = "/standin/azurerm_container_registry/cridpapps0f3a/id"
ACCOUNT = "/standin/azurerm_storage_account/stidpcore0f3a/id/blobServices/default/containers"

SERVICE_ACCOUNTS = {
    "api": {"idp:api"},
    "apply": {"idp-runs:apply"},
    "argo-workflows": {"argo:argo-workflows-server", "argo:argo-workflows-workflow-controller"},
    "cert-manager": {"cert-manager:cert-manager"},
    "configure": {"idp-runs:configure"},
    "external-dns": {"external-dns:external-dns"},
    "external-secrets": {"external-secrets:platform-secrets"},
    "look": {"idp-runs:look"},
}
"""Component -> the ServiceAccounts that may act as its identity."""

ROLES = {
    "api": set(),
    "apply": {
        ("Contributor", CATALOG),
        ("Role Based Access Control Administrator", CATALOG),
        ("Key Vault Secrets Officer", CATALOG),
        ("Storage Blob Data Contributor", f"{ACCOUNT}/state"),
        ("Storage Blob Data Contributor", f"{ACCOUNT}/plans"),
        ("Locks Contributor", CATALOG),
        ("Log Analytics Contributor", "/standin/azurerm_log_analytics_workspace/log-idp/id"),
        ("Network Contributor", "/standin/azurerm_subnet/snet-machines/id"),
        ("Network Contributor", "/standin/azurerm_subnet/snet-private-endpoints/id"),
        ("Private DNS Zone Contributor", f"{PRIVATE_ZONE}/privatelink_blob_core_windows_net/id"),
        ("Private DNS Zone Contributor", f"{PRIVATE_ZONE}/privatelink_database_windows_net/id"),
        ("Private DNS Zone Contributor", f"{PRIVATE_ZONE}/privatelink_postgres_database_azure_com/id"),
        ("Private DNS Zone Contributor", f"{PRIVATE_ZONE}/privatelink_redis_azure_net/id"),
        ("Private DNS Zone Contributor", f"{PRIVATE_ZONE}/privatelink_vaultcore_azure_net/id"),
    },
    "argo-workflows": {("Storage Blob Data Reader", f"{ACCOUNT}/plans")},
    "cert-manager": {("DNS Zone Contributor", ZONE)},
    "configure": {
        ("Storage Blob Data Contributor", f"{ACCOUNT}/plans"),
        ("Virtual Machine Administrator Login", CATALOG),
        ("AcrPull", IMAGES),
        ("AcrDelete", IMAGES),
        ("Container Registry Tasks Contributor", IMAGES),
    },
    "external-dns": {("DNS Zone Contributor", ZONE), ("Reader", CORE)},
    "external-secrets": {("Key Vault Secrets User", "/standin/azurerm_key_vault/kv-idp-0f3a/id")},
    "look": {
        ("Reader", CATALOG),
        ("Key Vault Secrets User", CATALOG),
        ("Storage Blob Data Contributor", f"{ACCOUNT}/state"),
        ("Storage Blob Data Contributor", f"{ACCOUNT}/plans"),
        ("AcrPull", IMAGES),
    },
}
"""Component -> (role, scope) of everything it may do in Azure."""

GRANTABLE = [
    "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",  # Storage Blob Data Reader
    "4633458b-17de-408a-b874-0445c86b69e6",  # Key Vault Secrets User
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe",  # Storage Blob Data Contributor
]

CLUSTER_ROLES = {
    ("control_plane", "Managed Identity Operator", "/standin/azurerm_user_assigned_identity/id-aks-idp-kubelet/id"),
    ("control_plane", "Network Contributor", "/standin/azurerm_subnet/snet-api-server/id"),
    ("control_plane", "Network Contributor", "/standin/azurerm_subnet/snet-ingress/id"),
    ("control_plane", "Network Contributor", "/standin/azurerm_subnet/snet-nodes/id"),
}


@pytest.fixture(scope="module")
def applied(plans: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The root aks as it is after apply: address -> values."""
    where = plans["ground"]
    shown = json.loads(where.terraform(where.root("aks"), "show", "-json"))
    return resources({"planned_values": shown["values"]})


def _of(applied: dict[str, dict[str, Any]], kind: str, module: str) -> list[dict[str, Any]]:
    return [values for address, values in applied.items() if address.startswith(f"{module}.{kind}.")]


@pytest.mark.parametrize("component", SERVICE_ACCOUNTS)
def test_only_its_own_service_accounts_may_act_as_a_component(
    applied: dict[str, dict[str, Any]], component: str
) -> None:
    credentials = _of(applied, "azurerm_federated_identity_credential", f'module.identity["{component}"]')
    assert {each["subject"] for each in credentials} == {
        f"system:serviceaccount:{account}" for account in SERVICE_ACCOUNTS[component]
    }
    for each in credentials:
        assert each["user_assigned_identity_id"] == f"/standin/azurerm_user_assigned_identity/id-idp-{component}/id"
        assert each["issuer"] == "/standin/azurerm_kubernetes_cluster/aks-idp/oidc_issuer_url"
        assert each["audience"] == ["api://AzureADTokenExchange"]


def test_there_is_no_other_component(applied: dict[str, dict[str, Any]]) -> None:
    found = {match[1] for address in applied if (match := re.match(r'module\.identity\["([^"]+)"\]', address))}
    assert found == set(SERVICE_ACCOUNTS) == set(ROLES)


@pytest.mark.parametrize("component", ROLES)
def test_a_component_may_do_what_the_table_says_and_no_more(applied: dict[str, dict[str, Any]], component: str) -> None:
    identity = _of(applied, "azurerm_user_assigned_identity", f'module.identity["{component}"]')[0]
    everything = [values for address, values in applied.items() if "azurerm_role_assignment" in address]
    own = [values for values in everything if values["principal_id"] == identity["principal_id"]]
    assert {(values["role_definition_name"], values["scope"]) for values in own} == ROLES[component]
    assert {values["principal_type"] for values in own} <= {"ServicePrincipal"}


def test_control_plane_and_kubelet_are_two_identities_with_little(applied: dict[str, dict[str, Any]]) -> None:
    found = {
        (match[1], values["role_definition_name"], values["scope"])
        for address, values in applied.items()
        if (match := re.match(r"module\.aks\.module\.(\w+)\.azurerm_role_assignment", address))
    }
    assert found == CLUSTER_ROLES
    cluster = applied["module.aks.azurerm_kubernetes_cluster.this"]
    assert cluster["identity"][0]["identity_ids"] == [
        "/standin/azurerm_user_assigned_identity/id-aks-idp-control-plane/id"
    ]
    kubelet = applied["module.aks.module.kubelet.azurerm_user_assigned_identity.this"]
    assert cluster["kubelet_identity"][0]["user_assigned_identity_id"] == kubelet["id"]
    assert cluster["kubelet_identity"][0]["client_id"] == kubelet["client_id"]
    assert cluster["kubelet_identity"][0]["object_id"] == kubelet["principal_id"]


def _kubelet(applied: dict[str, dict[str, Any]]) -> str:
    return str(applied["module.aks.module.kubelet.azurerm_user_assigned_identity.this"]["principal_id"])


def test_the_kubelet_alone_pulls_and_operators_alone_push(applied: dict[str, dict[str, Any]]) -> None:
    registry = "/standin/azurerm_container_registry/cridp0f3a/id"
    assert _roles_at(applied, registry) == {("AcrPull", _kubelet(applied)), ("AcrPush", OPERATORS)}


def test_runs_build_and_remove_in_the_applications_registry_alone(applied: dict[str, dict[str, Any]]) -> None:
    """Whoever may build in a registry may write all of its images: no run may in the platform's."""
    look, configure = (
        applied[f'module.identity["{name}"].azurerm_user_assigned_identity.this']["principal_id"]
        for name in ("look", "configure")
    )
    assert _roles_at(applied, IMAGES) == {
        ("AcrPull", _kubelet(applied)),
        ("AcrPush", OPERATORS),
        ("AcrPull", look),
        ("AcrPull", configure),
        ("AcrDelete", configure),
        ("Container Registry Tasks Contributor", configure),
    }


def test_roles_of_registries_are_for_one_registry_each(applied: dict[str, dict[str, Any]]) -> None:
    scopes = {
        values["scope"]
        for address, values in applied.items()
        if "azurerm_role_assignment" in address
        and values["role_definition_name"].startswith(("Acr", "Container Registry"))
    }
    assert scopes == {IMAGES, "/standin/azurerm_container_registry/cridp0f3a/id"}


def _roles_at(applied: dict[str, dict[str, Any]], scope: str) -> set[tuple[str, str]]:
    """(role, who) of all that anybody may do there."""
    return {
        (values["role_definition_name"], values["principal_id"])
        for address, values in applied.items()
        if "azurerm_role_assignment" in address and values["scope"] == scope
    }


def test_a_run_may_grant_only_the_roles_that_environments_need_and_only_to_software(
    applied: dict[str, dict[str, Any]],
) -> None:
    grant = applied['module.identity["apply"].azurerm_role_assignment.this["grants-a-few"]']
    assert grant["condition_version"] == "2.0"
    condition = " ".join(grant["condition"].split())
    assert sorted(set(re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", condition))) == GRANTABLE
    for verb, subject in (("write", "@Request"), ("delete", "@Resource")):
        assert f"!(ActionMatches{{'Microsoft.Authorization/roleAssignments/{verb}'}})" in condition
        assert (
            f"{subject}[Microsoft.Authorization/roleAssignments:PrincipalType] StringEqualsIgnoreCase 'ServicePrincipal'"
            in condition
        )


def test_nobody_has_a_role_on_the_platforms_own_subscription(
    plans: dict[str, Any], applied: dict[str, dict[str, Any]]
) -> None:
    everything = {**applied, **resources(plans["bootstrap"]), **resources(plans["network"])}
    scopes = {
        values["scope"]
        for address, values in everything.items()
        if "azurerm_role_assignment" in address and "scope" in values
    }
    assert not [scope for scope in scopes if scope.startswith("/subscriptions/") and scope != CATALOG]


@pytest.mark.parametrize(
    ("address", "role"),
    [
        ("module.aks.azurerm_role_assignment.administrators", "Azure Kubernetes Service RBAC Cluster Admin"),
        ("module.key_vault.azurerm_role_assignment.officers", "Key Vault Secrets Officer"),
    ],
)
def test_operators_have_what_they_need_as_a_group(applied: dict[str, dict[str, Any]], address: str, role: str) -> None:
    values = applied[f'{address}["idp-operators"]']
    assert (values["role_definition_name"], values["principal_type"]) == (role, "Group")
    assert values["principal_id"] == OPERATORS


def test_operators_reach_the_state_as_a_group(plans: dict[str, Any]) -> None:
    values = resources(plans["bootstrap"])['module.state_account.azurerm_role_assignment.operators["idp-operators"]']
    assert values["role_definition_name"] == "Storage Blob Data Contributor"
    assert values["principal_type"] == "Group"
