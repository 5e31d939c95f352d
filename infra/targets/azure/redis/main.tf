module "redis" {
  source = "../../../catalog/redis"

  domain      = var.domain
  capability  = var.capability
  owner       = var.owner
  team        = var.team
  name        = var.name
  stage       = var.stage
  environment = var.environment
  size        = var.size
  purpose     = var.purpose
}

# Who its environment's workloads are.
data "azurerm_user_assigned_identity" "environment" {
  name                = module.redis.user
  resource_group_name = module.redis.resource_group
}

resource "azurerm_managed_redis" "this" {
  name                = module.redis.cache
  resource_group_name = module.redis.resource_group
  location            = var.azure.location
  sku_name            = module.redis.settings.sku

  high_availability_enabled = module.redis.settings.zone_redundant
  public_network_access     = module.redis.settings.public_network_access

  default_database {
    access_keys_authentication_enabled            = module.redis.settings.access_keys_authentication_enabled
    client_protocol                               = module.redis.settings.client_protocol
    clustering_policy                             = module.redis.settings.clustering_policy
    eviction_policy                               = module.redis.settings.eviction_policy
    persistence_append_only_file_backup_frequency = module.redis.settings.written_to_disk
  }

  tags = module.redis.tags
}

resource "azurerm_managed_redis_access_policy_assignment" "workloads" {
  managed_redis_id = azurerm_managed_redis.this.id
  object_id        = data.azurerm_user_assigned_identity.environment.principal_id
}

# Reached from inside the network alone.
module "private_endpoint" {
  source = "../../../modules/private-endpoint"

  name                = "pe-${azurerm_managed_redis.this.name}"
  resource_group_name = azurerm_managed_redis.this.resource_group_name
  location            = var.azure.location
  subnet_id           = var.azure.private_endpoints_subnet_id
  private_dns_zone_id = var.azure.private_dns_zone_ids.redis
  target_id           = azurerm_managed_redis.this.id
  subresource         = "redisEnterprise"
  tags                = module.redis.tags
}

# Who connected, and when.
resource "azurerm_monitor_diagnostic_setting" "this" {
  name                       = "audit"
  target_resource_id         = "${azurerm_managed_redis.this.id}/databases/default"
  log_analytics_workspace_id = var.azure.log_analytics_workspace_id

  enabled_log {
    category = "ConnectionEvents"
  }
}

locals {
  # What its environment's workloads need to enter. A password is not among it: each brings a token of its own.
  connection = {
    host = azurerm_managed_redis.this.hostname
    port = tostring(module.redis.port)
    user = data.azurerm_user_assigned_identity.environment.principal_id
  }
}

data "azurerm_key_vault" "environment" {
  name                = module.redis.key_vault
  resource_group_name = module.redis.resource_group
}

resource "azurerm_key_vault_secret" "connection" {
  for_each = module.redis.secrets

  name         = each.value
  key_vault_id = data.azurerm_key_vault.environment.id
  value        = local.connection[lower(each.key)]
  content_type = "text/plain"
  tags         = module.redis.tags
}

resource "azurerm_management_lock" "this" {
  count = module.redis.settings.locked ? 1 : 0

  name       = "cache-stays"
  scope      = azurerm_managed_redis.this.id
  lock_level = "CanNotDelete"
  notes      = "Production: deprovision the cache by a request."

  # The last to come is the first to go: a lock holds what is inside the cache too.
  depends_on = [
    azurerm_managed_redis_access_policy_assignment.workloads,
    azurerm_monitor_diagnostic_setting.this,
    module.private_endpoint,
  ]
}
