module "mssql" {
  source = "../../../catalog/mssql"

  domain      = var.domain
  capability  = var.capability
  owner       = var.owner
  team        = var.team
  name        = var.name
  stage       = var.stage
  environment = var.environment
  size        = var.size
  backup_days = var.backup_days
}

# Who its environment's workloads are.
data "azurerm_user_assigned_identity" "environment" {
  name                = module.mssql.user
  resource_group_name = module.mssql.resource_group
}

resource "azurerm_mssql_server" "this" {
  name                = module.mssql.server
  resource_group_name = module.mssql.resource_group
  location            = var.azure.location
  version             = "12.0"

  minimum_tls_version                  = module.mssql.settings.minimum_tls_version
  public_network_access_enabled        = module.mssql.settings.public_network_access_enabled
  outbound_network_restriction_enabled = module.mssql.settings.outbound_network_restriction_enabled
  # The only way that keeps to one port, which is the one that the network lets in.
  connection_policy = "Proxy"

  azuread_administrator {
    login_username = data.azurerm_user_assigned_identity.environment.name
    # SQL Server knows people and groups by their object, and software by its client id.
    object_id                   = data.azurerm_user_assigned_identity.environment.client_id
    tenant_id                   = var.azure.tenant_id
    azuread_authentication_only = module.mssql.settings.azuread_authentication_only
  }

  tags = module.mssql.tags
}

resource "azurerm_mssql_database" "this" {
  name      = module.mssql.database
  server_id = azurerm_mssql_server.this.id
  sku_name  = module.mssql.settings.sku

  max_size_gb                 = module.mssql.settings.storage_gib
  min_capacity                = module.mssql.settings.serverless ? 0.5 : null
  auto_pause_delay_in_minutes = module.mssql.settings.sleeps_minutes
  zone_redundant              = module.mssql.settings.zone_redundant
  storage_account_type        = module.mssql.settings.backup_storage

  transparent_data_encryption_enabled = true

  short_term_retention_policy {
    retention_days = module.mssql.settings.backup_days
  }

  tags = module.mssql.tags
}

# Who signed in and what they did goes to the logs: the setting of `master` carries what the policy finds.
resource "azurerm_mssql_server_extended_auditing_policy" "this" {
  server_id              = azurerm_mssql_server.this.id
  log_monitoring_enabled = true

  depends_on = [azurerm_monitor_diagnostic_setting.audit]
}

resource "azurerm_monitor_diagnostic_setting" "audit" {
  name                       = "audit"
  target_resource_id         = "${azurerm_mssql_server.this.id}/databases/master"
  log_analytics_workspace_id = var.azure.log_analytics_workspace_id

  enabled_log {
    category = "SQLSecurityAuditEvents"
  }
}

resource "azurerm_monitor_diagnostic_setting" "this" {
  name                       = "logs"
  target_resource_id         = azurerm_mssql_database.this.id
  log_analytics_workspace_id = var.azure.log_analytics_workspace_id

  dynamic "enabled_log" {
    for_each = ["Blocks", "Deadlocks", "Errors", "Timeouts"]

    content {
      category = enabled_log.value
    }
  }
}

# Reached from inside the network alone.
module "private_endpoint" {
  source = "../../../modules/private-endpoint"

  name                = "pe-${azurerm_mssql_server.this.name}"
  resource_group_name = azurerm_mssql_server.this.resource_group_name
  location            = var.azure.location
  subnet_id           = var.azure.private_endpoints_subnet_id
  private_dns_zone_id = var.azure.private_dns_zone_ids.mssql
  target_id           = azurerm_mssql_server.this.id
  subresource         = "sqlServer"
  tags                = module.mssql.tags
}

locals {
  # What its environment's workloads need to enter. A password is not among it: each brings a token of its own.
  connection = {
    host     = azurerm_mssql_server.this.fully_qualified_domain_name
    port     = tostring(module.mssql.port)
    database = module.mssql.database
    user     = data.azurerm_user_assigned_identity.environment.client_id
  }
}

data "azurerm_key_vault" "environment" {
  name                = module.mssql.key_vault
  resource_group_name = module.mssql.resource_group
}

resource "azurerm_key_vault_secret" "connection" {
  for_each = module.mssql.secrets

  name         = each.value
  key_vault_id = data.azurerm_key_vault.environment.id
  value        = local.connection[lower(each.key)]
  content_type = "text/plain"
  tags         = module.mssql.tags
}

resource "azurerm_management_lock" "this" {
  count = module.mssql.settings.locked ? 1 : 0

  name       = "server-stays"
  scope      = azurerm_mssql_server.this.id
  lock_level = "CanNotDelete"
  notes      = "Production: deprovision the server by a request."

  # The last to come is the first to go: a lock holds what is inside the server too.
  depends_on = [
    azurerm_monitor_diagnostic_setting.this,
    azurerm_mssql_server_extended_auditing_policy.this,
    module.private_endpoint,
  ]
}
