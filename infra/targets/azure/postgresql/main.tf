module "postgresql" {
  source = "../../../catalog/postgresql"

  domain        = var.domain
  capability    = var.capability
  owner         = var.owner
  team          = var.team
  name          = var.name
  stage         = var.stage
  environment   = var.environment
  size          = var.size
  major_version = var.major_version
  backup_days   = var.backup_days
}

# Who its environment's workloads are.
data "azurerm_user_assigned_identity" "environment" {
  name                = module.postgresql.user
  resource_group_name = module.postgresql.resource_group
}

resource "azurerm_postgresql_flexible_server" "this" {
  name                = module.postgresql.server
  resource_group_name = module.postgresql.resource_group
  location            = var.azure.location
  version             = module.postgresql.settings.version
  sku_name            = module.postgresql.settings.sku

  storage_mb                   = module.postgresql.settings.storage_gib * 1024
  auto_grow_enabled            = true
  backup_retention_days        = module.postgresql.settings.backup_days
  geo_redundant_backup_enabled = module.postgresql.settings.backup_in_two_regions

  public_network_access_enabled = module.postgresql.settings.public_network_access_enabled

  authentication {
    active_directory_auth_enabled = true
    password_auth_enabled         = module.postgresql.settings.password_auth_enabled
    tenant_id                     = var.azure.tenant_id
  }

  dynamic "high_availability" {
    for_each = module.postgresql.settings.zone_redundant ? [true] : []

    content {
      mode = "ZoneRedundant"
    }
  }

  maintenance_window {
    day_of_week  = 0
    start_hour   = 3
    start_minute = 0
  }

  tags = module.postgresql.tags

  lifecycle {
    # Azure picks the zones and swaps them at a failover, and grows the storage.
    ignore_changes = [zone, high_availability[0].standby_availability_zone, storage_mb]
  }
}

resource "azurerm_postgresql_flexible_server_active_directory_administrator" "workloads" {
  server_name         = azurerm_postgresql_flexible_server.this.name
  resource_group_name = azurerm_postgresql_flexible_server.this.resource_group_name
  tenant_id           = var.azure.tenant_id
  object_id           = data.azurerm_user_assigned_identity.environment.principal_id
  principal_name      = data.azurerm_user_assigned_identity.environment.name
  principal_type      = "ServicePrincipal"
}

resource "azurerm_postgresql_flexible_server_database" "this" {
  name      = module.postgresql.database
  server_id = azurerm_postgresql_flexible_server.this.id
  charset   = "UTF8"
  collation = "en_US.utf8"
}

resource "azurerm_postgresql_flexible_server_configuration" "this" {
  for_each = module.postgresql.settings.parameters

  name      = each.key
  server_id = azurerm_postgresql_flexible_server.this.id
  value     = each.value
}

# Reached from inside the network alone.
module "private_endpoint" {
  source = "../../../modules/private-endpoint"

  name                = "pe-${azurerm_postgresql_flexible_server.this.name}"
  resource_group_name = azurerm_postgresql_flexible_server.this.resource_group_name
  location            = var.azure.location
  subnet_id           = var.azure.private_endpoints_subnet_id
  private_dns_zone_id = var.azure.private_dns_zone_ids.postgresql
  target_id           = azurerm_postgresql_flexible_server.this.id
  subresource         = "postgresqlServer"
  tags                = module.postgresql.tags
}

resource "azurerm_monitor_diagnostic_setting" "this" {
  name                       = "logs"
  target_resource_id         = azurerm_postgresql_flexible_server.this.id
  log_analytics_workspace_id = var.azure.log_analytics_workspace_id

  enabled_log {
    category_group = "allLogs"
  }
}

locals {
  # What its environment's workloads need to enter. A password is not among it: each brings a token of its own.
  connection = {
    host     = azurerm_postgresql_flexible_server.this.fqdn
    port     = tostring(module.postgresql.port)
    database = module.postgresql.database
    user     = data.azurerm_user_assigned_identity.environment.name
  }
}

data "azurerm_key_vault" "environment" {
  name                = module.postgresql.key_vault
  resource_group_name = module.postgresql.resource_group
}

resource "azurerm_key_vault_secret" "connection" {
  for_each = module.postgresql.secrets

  name         = each.value
  key_vault_id = data.azurerm_key_vault.environment.id
  value        = local.connection[lower(each.key)]
  content_type = "text/plain"
  tags         = module.postgresql.tags
}

resource "azurerm_management_lock" "this" {
  count = module.postgresql.settings.locked ? 1 : 0

  name       = "server-stays"
  scope      = azurerm_postgresql_flexible_server.this.id
  lock_level = "CanNotDelete"
  notes      = "Production: deprovision the server by a request."

  # The last to come is the first to go: a lock holds what is inside the server too.
  depends_on = [
    azurerm_monitor_diagnostic_setting.this,
    azurerm_postgresql_flexible_server_active_directory_administrator.workloads,
    azurerm_postgresql_flexible_server_configuration.this,
    azurerm_postgresql_flexible_server_database.this,
    module.private_endpoint,
  ]
}
