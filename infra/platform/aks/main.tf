locals {
  tags = merge(var.tags, { managed-by = "terraform", root = "aks" })

  private_endpoint = {
    for subresource in ["vault", "registry"] : subresource => {
      subnet_id           = var.network.subnet_ids["private-endpoints"]
      private_dns_zone_id = var.network.private_dns_zone_ids[subresource]
    }
  }
}

# What runs must know to make things beside the platform: infra/targets/azure, variable `azure`. `delivery` is for no root.
locals {
  for_runs = {
    subscription_id             = var.catalog_subscription_id
    tenant_id                   = data.azurerm_client_config.this.tenant_id
    location                    = azurerm_resource_group.aks.location
    oidc_issuer_url             = module.aks.oidc_issuer_url
    log_analytics_workspace_id  = module.observability.log_analytics_workspace_id
    private_endpoints_subnet_id = var.network.subnet_ids["private-endpoints"]
    machines_subnet_id          = var.network.subnet_ids["machines"]
    private_dns_zone_ids        = { for name in ["blob", "mssql", "postgresql", "redis", "vault"] : name => var.network.private_dns_zone_ids[name] }
    monthly_budget              = var.monthly_budget
    budget_receivers            = values(var.alarm_receivers)
    operators                   = var.operators
    delivery                    = local.delivery
  }
}

data "azurerm_client_config" "this" {}

resource "azurerm_resource_group" "aks" {
  name     = "RG-idp-aks"
  location = var.location
  tags     = local.tags
}

module "observability" {
  source = "../../modules/observability"

  name                = "idp"
  resource_group_name = azurerm_resource_group.aks.name
  location            = azurerm_resource_group.aks.location
  alarm_receivers     = var.alarm_receivers
  tags                = local.tags
}

# Who read a state or a plan, and when: both hold values in clear text.
resource "azurerm_monitor_diagnostic_setting" "state" {
  name                       = "access"
  target_resource_id         = "${var.bootstrap.state_account_id}/blobServices/default"
  log_analytics_workspace_id = module.observability.log_analytics_workspace_id

  enabled_log {
    category_group = "allLogs"
  }
}

module "aks" {
  source = "../../modules/aks"

  name                       = "aks-idp"
  resource_group_name        = azurerm_resource_group.aks.name
  node_resource_group_name   = "RG-idp-aks-nodes"
  location                   = azurerm_resource_group.aks.location
  tenant_id                  = data.azurerm_client_config.this.tenant_id
  kubernetes_version         = var.kubernetes_version
  administrators             = var.operators
  private_cluster            = var.private_cluster
  operator_addresses         = var.operator_addresses
  pod_cidr                   = var.network.pod_cidr
  log_analytics_workspace_id = module.observability.log_analytics_workspace_id
  collection_rule_ids        = module.observability.collection_rule_ids
  tags                       = local.tags

  subnet_ids = {
    nodes      = var.network.subnet_ids["nodes"]
    api-server = var.network.subnet_ids["api-server"]
    ingress    = var.network.subnet_ids["ingress"]
  }
}

module "container_registry" {
  source = "../../modules/container-registry"

  name                       = var.names.container_registry
  resource_group_name        = azurerm_resource_group.aks.name
  location                   = azurerm_resource_group.aks.location
  pullers                    = { kubelet = module.aks.kubelet_principal_id }
  pushers                    = var.operators
  operator_addresses         = var.operator_addresses
  private_endpoint           = local.private_endpoint["registry"]
  log_analytics_workspace_id = module.observability.log_analytics_workspace_id
  tags                       = local.tags
}

module "key_vault" {
  source = "../../modules/key-vault"

  name                       = var.names.key_vault
  resource_group_name        = azurerm_resource_group.aks.name
  location                   = azurerm_resource_group.aks.location
  tenant_id                  = data.azurerm_client_config.this.tenant_id
  officers                   = var.operators
  operator_addresses         = var.operator_addresses
  private_endpoint           = local.private_endpoint["vault"]
  log_analytics_workspace_id = module.observability.log_analytics_workspace_id
  tags                       = local.tags
}

# The ledger, and beside it the archive of Argo Workflows: two databases, two roles.
module "ledger" {
  source = "../../modules/postgresql-server"

  name                       = var.names.postgresql_server
  resource_group_name        = azurerm_resource_group.aks.name
  location                   = azurerm_resource_group.aks.location
  tenant_id                  = data.azurerm_client_config.this.tenant_id
  subnet_id                  = var.network.subnet_ids["databases"]
  private_dns_zone_id        = var.network.private_dns_zone_ids["postgresql"]
  administrators             = var.operators
  databases                  = ["ledger", "archive"]
  log_analytics_workspace_id = module.observability.log_analytics_workspace_id
  tags                       = local.tags
}
