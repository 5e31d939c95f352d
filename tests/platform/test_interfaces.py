"""What modules and roots take when nothing is said, what protects what, and what waits for what: tables by hand."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.platform.ground import INFRA, ROOTS
from tests.platform.mutation.hcl import Part, parts
from tests.platform.mutation.results import files

AZURE = sorted({str(Path(file).parent) for file in files() if file.startswith("targets/azure/")})

NULLABLE = {
    ("catalog/storage", "environment"),
    ("modules/entra-application", "service_account"),
    ("modules/identity", "issuer"),
    ("targets/azure/storage", "environment"),
    ("targets/kubernetes/storage", "environment"),
    ("targets/sandbox/storage", "environment"),
}
"""Variables that may be null: it means that there is none."""

OF_ANY_TYPE = {("modules/record", "properties"), ("modules/sandbox-file", "properties")}
"""They hold what an object in the world would be like."""

DEFAULTS = {
    ("modules/aks", "kubernetes_version"): '"1.36"',
    ("modules/aks", "operator_addresses"): "[]",
    ("modules/aks", "private_cluster"): "false",
    ("modules/aks", "service_cidr"): '"10.245.0.0/16"',
    ("modules/aks", "system_pool"): "{}",
    ("modules/aks", "user_pools"): "{ work = {} }",
    ("modules/aks", "zones"): '["1", "2", "3"]',
    ("modules/container-registry", "operator_addresses"): "[]",
    ("modules/dns-zone", "certificate_authority"): '"letsencrypt.org"',
    ("modules/entra-application", "claims_are_mapped"): "false",
    ("modules/entra-application", "command_lines"): "[]",
    ("modules/entra-application", "native_redirect_uris"): "[]",
    ("modules/entra-application", "redirect_uris"): "[]",
    ("modules/entra-application", "roles"): "{}",
    ("modules/entra-application", "service_account"): "null",
    ("modules/identity", "issuer"): "null",
    ("modules/identity", "roles"): "{}",
    ("modules/identity", "service_accounts"): "[]",
    ("modules/key-vault", "operator_addresses"): "[]",
    ("modules/key-vault", "readers"): "{}",
    ("modules/network", "address_space"): '"10.40.0.0/16"',
    ("modules/network", "edge_source_ranges"): "[]",
    ("modules/network", "pod_cidr"): '"10.244.0.0/16"',
    ("modules/observability", "daily_quota_gb"): "20",
    ("modules/observability", "retention_days"): "90",
    ("modules/postgresql-server", "high_availability"): "true",
    ("modules/postgresql-server", "size"): '"small"',
    ("modules/release", "timeout_seconds"): "600",
    ("modules/release", "values"): "[]",
    ("modules/state-account", "operator_addresses"): "[]",
    ("modules/state-account", "retention_days"): "90",
    ("platform/aks", "kubernetes_version"): '"1.36"',
    ("platform/aks", "location"): '"westeurope"',
    ("platform/aks", "monthly_budget"): "{ dev = 100, staging = 300, prod = 2000 }",
    ("platform/aks", "operator_addresses"): "[]",
    ("platform/aks", "private_cluster"): "false",
    ("platform/aks", "tags"): "{}",
    ("platform/bootstrap", "domain"): '"packetdance.com"',
    ("platform/bootstrap", "location"): '"westeurope"',
    ("platform/bootstrap", "operator_addresses"): "[]",
    ("platform/bootstrap", "tags"): "{}",
    ("platform/network", "address_space"): '"10.40.0.0/16"',
    ("platform/network", "edge_source_ranges"): "[]",
    ("platform/network", "location"): '"westeurope"',
    ("platform/network", "tags"): "{}",
    ("platform/tools", "domain"): '"packetdance.com"',
    ("platform/tools", "edge"): "{}",
    ("platform/tools", "kubelogin_method"): '"azurecli"',
}
"""(module or root, variable) -> its default. Those of the catalogue are the requests': tests/infra/test_parity.py."""

OUTPUTS = {
    "bootstrap": {"backend", "for_aks", "for_network", "name_servers"},
    "network": {"egress_address", "for_aks", "for_tools"},
    "aks": {"database_roles", "for_runs", "for_tools", "registry"},
    "tools": {"client_ids", "hosts"},
}
"""Root -> what it tells."""

MODULE_OUTPUTS = {
    "aks": {"id", "kubelet_principal_id", "name", "oidc_issuer_url"},
    "container-registry": {"id", "login_server", "name"},
    "dns-zone": {"id", "name", "name_servers"},
    "entra-application": {"client_id", "service_principal_id"},
    "identity": {"client_id", "id", "name", "principal_id"},
    "key-vault": {"id", "uri"},
    "naming": {
        "host",
        "key_vault",
        "machine",
        "mssql_server",
        "namespace",
        "postgresql_server",
        "redis_cache",
        "resource_group",
        "storage_account",
        "workload_identity",
    },
    "network": {"egress_address", "id", "pod_cidr", "private_dns_zone_ids", "subnet_ids"},
    "observability": {"collection_rule_ids", "log_analytics_workspace_id"},
    "postgresql-server": {"fqdn", "id"},
    "private-endpoint": {"id"},
    "record": {"name"},
    "release": {"namespace"},
    "sandbox-file": {"path"},
    "sizes": {"cores", "memory_gib", "price_class", "sku", "stages"},
    "state-account": {"containers", "id", "name"},
}
"""Module -> what it tells who calls it. Those of the catalogue are the targets': tests/infra/test_parity.py."""

KEPT = {
    ("modules/dns-zone", "azurerm_dns_zone.this"),
    ("modules/postgresql-server", "azurerm_postgresql_flexible_server.this"),
    ("modules/postgresql-server", "azurerm_postgresql_flexible_server_database.this"),
    ("modules/state-account", "azurerm_storage_account.this"),
}
"""What Terraform refuses to destroy: what is in it cannot be made again from code."""

OTHERS_CHANGE = {
    ("modules/aks", "azurerm_kubernetes_cluster.this"): "[default_node_pool[0].node_count]",
    ("modules/aks", "azurerm_kubernetes_cluster_node_pool.this"): "[node_count]",
    ("modules/postgresql-server", "azurerm_postgresql_flexible_server.this"): (
        "[zone, high_availability[0].standby_availability_zone]"
    ),
    ("targets/azure/environment", "azurerm_consumption_budget_resource_group.this"): "[time_period]",
    ("targets/azure/postgresql", "azurerm_postgresql_flexible_server.this"): (
        "[zone, high_availability[0].standby_availability_zone, storage_mb]"
    ),
}
"""What changes by itself, and Terraform is not to change back: the autoscaler's counts, zones after a failover, grown disks, the month of a budget's start."""

BACKENDS = {"azure": "azurerm", "kubernetes": "kubernetes", "sandbox": "local"}
"""Target -> where its states are; the runner says where there."""

FEATURES = {
    "features.key_vault.purge_soft_delete_on_destroy": "false",
    "features.key_vault.recover_soft_deleted_key_vaults": "true",
    "features.resource_group.prevent_deletion_if_contains_resources": "true",
}

SECRETS = {
    "features.key_vault.purge_soft_deleted_secrets_on_destroy": "false",
    "features.key_vault.recover_soft_deleted_secrets": "true",
}
"""Of databases, which keep a secret in their environment's vault."""

PROVIDERS = {
    "platform/aks": {"features.key_vault.purge_soft_delete_on_destroy": "false"},
    **{
        folder: {
            **(SECRETS if folder.endswith(("/mssql", "/postgresql", "/redis")) else FEATURES),
            "resource_provider_registrations": '"none"',
            "storage_use_azuread": "true",
            "subscription_id": "var.azure.subscription_id",
        }
        for folder in AZURE
    },
}
"""Root -> what is said to azurerm. What roots of the platform say beside features: test_roots.py."""

CLUSTER = {
    "locals.cluster.host": "data.azurerm_kubernetes_cluster.this.kube_config[0].host",
    "locals.cluster.cluster_ca_certificate": (
        "base64decode(data.azurerm_kubernetes_cluster.this.kube_config[0].cluster_ca_certificate)"
    ),
    "locals.cluster.exec.api_version": '"client.authentication.k8s.io/v1"',
    "locals.cluster.exec.command": '"kubelogin"',
    "locals.cluster.exec.args": (
        '["get-token", "--login", var.kubelogin_method, "--server-id", "6dae42f8-4368-4678-94ff-3960e28e3630"]'
    ),
    "provider.azuread.tenant_id": "var.aks.tenant_id",
    "provider.kubernetes.host": "local.cluster.host",
    "provider.kubernetes.cluster_ca_certificate": "local.cluster.cluster_ca_certificate",
    "provider.kubernetes.ignore_annotations": r'["^argocd\\.argoproj\\.io/"]',
    "provider.kubernetes.exec.api_version": "local.cluster.exec.api_version",
    "provider.kubernetes.exec.command": "local.cluster.exec.command",
    "provider.kubernetes.exec.args": "local.cluster.exec.args",
    "provider.helm.kubernetes": "local.cluster",
}
"""What the root tools says to Entra and to the cluster: as whom, and that what Argo CD notes on namespaces stays. The stand-in asks for none of it."""

REGISTERED = {
    "Microsoft.Authorization",
    "Microsoft.ContainerRegistry",
    "Microsoft.ContainerService",
    "Microsoft.DBforPostgreSQL",
    "Microsoft.Insights",
    "Microsoft.KeyVault",
    "Microsoft.ManagedIdentity",
    "Microsoft.Monitor",
    "Microsoft.Network",
    "Microsoft.OperationalInsights",
    "Microsoft.OperationsManagement",
    "Microsoft.PolicyInsights",
    "Microsoft.Security",
    "Microsoft.Storage",
}
"""Resource providers of Azure that bootstrap registers in the platform's subscription."""

LOCK = "resource.azurerm_management_lock.this"
WAITS_FOR = {
    ("modules/aks", "resource.azurerm_kubernetes_cluster.this"): {"module.control_plane"},
    ("modules/entra-application", "resource.azuread_app_role_assignment.members"): {"azuread_application.this"},
    ("modules/network", "output.private_dns_zone_ids"): {"azurerm_private_dns_zone_virtual_network_link.this"},
    ("modules/network", "output.subnet_ids"): {
        "azurerm_subnet_nat_gateway_association.this",
        "azurerm_subnet_network_security_group_association.this",
    },
    ("modules/network", "resource.azurerm_subnet_network_security_group_association.this"): {
        "azurerm_network_security_rule.allow",
        "azurerm_network_security_rule.deny",
    },
    ("platform/aks", "resource.azurerm_key_vault_secret.shared"): {"module.key_vault"},
    ("targets/azure/environment", LOCK): {"module.key_vault", "module.workload_identity"},
    ("targets/azure/machine", LOCK): {
        "azurerm_monitor_data_collection_rule_association.this",
        "azurerm_virtual_machine_extension.this",
    },
    ("targets/azure/mssql", LOCK): {
        "azurerm_monitor_diagnostic_setting.this",
        "azurerm_mssql_server_extended_auditing_policy.this",
        "module.private_endpoint",
    },
    ("targets/azure/mssql", "resource.azurerm_mssql_server_extended_auditing_policy.this"): {
        "azurerm_monitor_diagnostic_setting.audit"
    },
    ("targets/azure/postgresql", LOCK): {
        "azurerm_monitor_diagnostic_setting.this",
        "azurerm_postgresql_flexible_server_active_directory_administrator.workloads",
        "azurerm_postgresql_flexible_server_configuration.this",
        "azurerm_postgresql_flexible_server_database.this",
        "module.private_endpoint",
    },
    ("targets/azure/redis", LOCK): {
        "azurerm_managed_redis_access_policy_assignment.workloads",
        "azurerm_monitor_diagnostic_setting.this",
        "module.private_endpoint",
    },
    ("targets/azure/storage", LOCK): {
        "azurerm_role_assignment.environment",
        "azurerm_storage_container.this",
        "azurerm_storage_management_policy.this",
        "module.private_endpoint",
    },
    ("targets/azure/vault", LOCK): {"module.key_vault"},
}
"""What must be there before, though no value says so. The order of the root tools: test_tools.py."""


FOLDERS = sorted({str(Path(file).parent) for file in files()})
each_folder = pytest.mark.parametrize("folder", FOLDERS)


@each_folder
def test_every_variable_has_a_type(folder: str) -> None:
    types = {block.name: block.written("type") for block in _blocks(folder, "variable")}
    assert None not in types.values()
    assert {name for name, written in types.items() if written == "any"} == _of(folder, OF_ANY_TYPE)


@each_folder
def test_a_variable_is_null_only_where_that_means_something(folder: str) -> None:
    nullable = {block.name for block in _blocks(folder, "variable") if block.written("nullable") != "false"}
    assert nullable == _of(folder, NULLABLE | OF_ANY_TYPE)


@pytest.mark.parametrize("folder", [each for each in FOLDERS if each.startswith(("modules/", "platform/"))])
def test_what_is_taken_when_nothing_is_said(folder: str) -> None:
    defaults = {block.name: block.written("default") for block in _blocks(folder, "variable")}
    assert {name: value for name, value in defaults.items() if value is not None} == _of(folder, DEFAULTS)


@each_folder
def test_what_may_be_null_is_so_when_nothing_is_said(folder: str) -> None:
    unsaid = {block.name for block in _blocks(folder, "variable") if block.written("default") == "null"}
    assert unsaid == _of(folder, NULLABLE)


@pytest.mark.parametrize("root", ROOTS)
def test_a_root_tells_what_the_table_says(root: str) -> None:
    assert {block.name for block in _blocks(f"platform/{root}", "output")} == OUTPUTS[root]


@pytest.mark.parametrize("module", MODULE_OUTPUTS)
def test_a_module_tells_what_the_table_says(module: str) -> None:
    assert {block.name for block in _blocks(f"modules/{module}", "output")} == MODULE_OUTPUTS[module]


@pytest.mark.parametrize("root", ROOTS)
def test_the_state_of_a_root_is_in_the_state_account(root: str) -> None:
    """Where exactly is said at init, and no key with it: docs/guides/azure.md."""
    (block,) = _blocks(f"platform/{root}", "terraform")
    backends = [each for each in block.part.parts if "backend" in each.address]
    assert [(each.address, each.parts) for each in backends] == [("terraform.backend.azurerm", ())]


@pytest.mark.parametrize("folder", [each for each in FOLDERS if each.startswith("targets/")])
def test_the_state_of_a_request_is_where_its_target_keeps_states(folder: str) -> None:
    (block,) = _blocks(folder, "terraform")
    backends = [each for each in block.part.parts if "backend" in each.address]
    assert [(each.address, each.parts) for each in backends] == [
        (f"terraform.backend.{BACKENDS[folder.split('/')[1]]}", ())
    ]


@pytest.mark.parametrize("folder", [*AZURE, "platform/aks"])
def test_a_root_asks_azure_as_the_table_says(folder: str) -> None:
    said = {
        each.address.removeprefix("provider.azurerm."): block.text[each.value[0].start : each.value[-1].end]
        for block in _blocks(folder, "provider.azurerm")
        for each in block.part.walk()
        if each.kind == "argument" and (folder.startswith("targets/") or ".features." in each.address)
    }
    assert said == PROVIDERS[folder]


def test_the_root_tools_asks_entra_and_the_cluster_as_the_table_says() -> None:
    said = {
        each.address: " ".join(block.text[each.value[0].start : each.value[-1].end].split())
        for kind in ("locals", "provider.azuread", "provider.helm", "provider.kubernetes")
        for block in _blocks("platform/tools", kind)
        for each in block.part.walk()
        if each.kind in {"argument", "entry"} and each.address.startswith(("locals.cluster.", "provider."))
    }
    assert {address: value for address, value in said.items() if not value.startswith("{")} == CLUSTER


@pytest.mark.parametrize("folder", [each for each in FOLDERS if each.startswith("targets/")])
def test_a_root_hands_everything_to_the_catalogues_module(folder: str) -> None:
    """Also what only its rules look at: a root has none of its own."""
    module = folder.rpartition("/")[2]
    wanted = {block.name for block in _blocks(f"catalog/{module}", "variable")}
    (call,) = [
        block for block in _blocks(folder, "module") if f'"../../../catalog/{module}"' == block.written("source")
    ]
    given = {name: call.written(name) for name in wanted}
    assert given == {name: f"var.{name}" for name in wanted}


def test_shared_secrets_are_long_enough_and_written_to_the_vault_alone() -> None:
    """No plan shows them: neither what is ephemeral nor what is write-only."""
    (password,) = _blocks("platform/aks", "ephemeral.random_password.shared")
    assert (password.written("length"), password.written("special")) == ("32", "false")
    (secret,) = _blocks("platform/aks", "resource.azurerm_key_vault_secret.shared")
    assert secret.written("value_wo") == "ephemeral.random_password.shared[each.key].result"
    assert secret.written("value") is None


def test_what_operators_choose_reaches_the_cluster_and_the_network() -> None:
    """Also where their choice is what the module would take anyway."""
    (network,) = _blocks("platform/network", "module.network")
    assert network.written("address_space") == "var.address_space"
    (call,) = _blocks("platform/aks", "module.aks")
    chosen = ("kubernetes_version", "operator_addresses", "private_cluster")
    assert {name: call.written(name) for name in chosen} == {name: f"var.{name}" for name in chosen}


@pytest.mark.parametrize("folder", [*AZURE, *(f"platform/{root}" for root in ROOTS)])
def test_a_root_says_which_features_it_wants(folder: str) -> None:
    """azurerm takes no configuration without the block; the stand-in would."""
    (provider,) = _blocks(folder, "provider.azurerm")
    assert "provider.azurerm.features" in {each.address for each in provider.part.parts}


def test_bootstrap_registers_what_the_platform_is_made_of() -> None:
    (provider,) = _blocks("platform/bootstrap", "provider.azurerm")
    (listed,) = [each for each in provider.part.parts if each.address.endswith(".resource_providers_to_register")]
    assert {"".join(token.text for token in each.value).strip('"') for each in listed.parts} == REGISTERED


@each_folder
def test_what_cannot_be_made_again_is_not_destroyed(folder: str) -> None:
    kept = {block.name for block in _blocks(folder, "resource") if block.written("prevent_destroy") == "true"}
    assert kept == _of(folder, KEPT)


@each_folder
def test_terraform_lets_be_what_azure_changes_and_nothing_else(folder: str) -> None:
    ignored = {block.name: block.written("ignore_changes") for block in _blocks(folder, "resource")}
    assert {name: value for name, value in ignored.items() if value} == _of(folder, OTHERS_CHANGE)


@pytest.mark.parametrize("folder", [each for each in FOLDERS if each != "platform/tools"])
def test_what_waits_for_what(folder: str) -> None:
    waits = {
        block.part.address: {"".join(token.text for token in each.value) for each in part.parts}
        for block in _blocks(folder, "")
        for part in block.part.parts
        if part.address.endswith(".depends_on")
    }
    assert waits == _of(folder, WAITS_FOR)


def test_every_row_is_of_a_folder() -> None:
    rows = [*NULLABLE, *OF_ANY_TYPE, *DEFAULTS, *KEPT, *OTHERS_CHANGE, *WAITS_FOR]
    assert {folder for folder, _ in rows} <= set(FOLDERS)
    assert {f"modules/{module}" for module in MODULE_OUTPUTS} == {
        each for each in FOLDERS if each.startswith("modules/")
    }


@dataclass(frozen=True)
class Block:
    """A block of a file. `name`: without its kind."""

    name: str
    part: Part
    text: str

    def written(self, name: str) -> str | None:
        """An argument as it is written, in one line, anywhere in it."""
        for each in self.part.walk():
            if each.kind == "argument" and each.address.rpartition(".")[2] == name:
                return " ".join(self.text[each.value[0].start : each.value[-1].end].split())
        return None


def _blocks(folder: str, kind: str) -> list[Block]:
    return [
        Block(part.address.removeprefix(f"{kind}."), part, text)
        for file in files()
        if str(Path(file).parent) == folder
        for text in [(INFRA / file).read_text()]
        for part in parts(text)
        if part.address.startswith(kind)
    ]


def _of(folder: str, table: Any) -> Any:
    """A folder's rows."""
    if isinstance(table, dict):
        return {name: value for (where, name), value in table.items() if where == folder}
    return {name for where, name in table if where == folder}
