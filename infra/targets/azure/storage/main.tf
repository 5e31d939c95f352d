module "storage" {
  source = "../../../catalog/storage"

  domain         = var.domain
  capability     = var.capability
  owner          = var.owner
  team           = var.team
  name           = var.name
  stage          = var.stage
  environment    = var.environment
  containers     = var.containers
  replication    = var.replication
  retention_days = var.retention_days
}

# The environment's group where it lives in one; else its own.
resource "azurerm_resource_group" "this" {
  count = var.environment == null ? 1 : 0

  name     = module.storage.resource_group
  location = var.azure.location
  tags     = module.storage.tags
}

resource "azurerm_storage_account" "this" {
  name                = module.storage.storage_account
  resource_group_name = one(concat(azurerm_resource_group.this[*].name, var.environment == null ? [] : [module.storage.resource_group]))
  location            = var.azure.location

  account_kind             = "StorageV2"
  account_tier             = "Standard"
  account_replication_type = module.storage.account.replication

  shared_access_key_enabled         = module.storage.account.shared_access_key_enabled
  default_to_oauth_authentication   = true
  allow_nested_items_to_be_public   = module.storage.account.allow_nested_items_to_be_public
  local_user_enabled                = false
  cross_tenant_replication_enabled  = false
  infrastructure_encryption_enabled = true
  https_traffic_only_enabled        = true
  min_tls_version                   = module.storage.account.minimum_tls_version
  public_network_access_enabled     = module.storage.account.public_network_access_enabled

  network_rules {
    default_action = "Deny"
    bypass         = ["None"]
  }

  blob_properties {
    versioning_enabled = true

    delete_retention_policy {
      days = module.storage.account.delete_retention_days
    }

    container_delete_retention_policy {
      days = module.storage.account.delete_retention_days
    }
  }

  tags = module.storage.tags
}

resource "azurerm_storage_container" "this" {
  for_each = toset(module.storage.containers)

  name                  = each.key
  storage_account_id    = azurerm_storage_account.this.id
  container_access_type = "private"
}

# What it was before leaves, as what was deleted does.
resource "azurerm_storage_management_policy" "this" {
  storage_account_id = azurerm_storage_account.this.id

  rule {
    name    = "old-versions-leave"
    enabled = true

    filters {
      blob_types = ["blockBlob"]
    }

    actions {
      version {
        delete_after_days_since_creation = module.storage.account.delete_retention_days
      }
    }
  }
}

module "private_endpoint" {
  source = "../../../modules/private-endpoint"

  name                = "pe-${module.storage.storage_account}"
  resource_group_name = azurerm_storage_account.this.resource_group_name
  location            = var.azure.location
  subnet_id           = var.azure.private_endpoints_subnet_id
  private_dns_zone_id = var.azure.private_dns_zone_ids.blob
  target_id           = azurerm_storage_account.this.id
  subresource         = "blob"
  tags                = module.storage.tags
}

# Who wrote and deleted what, and when.
resource "azurerm_monitor_diagnostic_setting" "this" {
  name                       = "audit"
  target_resource_id         = "${azurerm_storage_account.this.id}/blobServices/default"
  log_analytics_workspace_id = var.azure.log_analytics_workspace_id

  enabled_log {
    category = "StorageWrite"
  }

  enabled_log {
    category = "StorageDelete"
  }
}

data "azurerm_user_assigned_identity" "environment" {
  count = var.environment == null ? 0 : 1

  name                = module.storage.workload_identity
  resource_group_name = module.storage.resource_group
}

# Its environment's workloads, and no one else. Without an environment nobody is let in yet.
resource "azurerm_role_assignment" "environment" {
  for_each = { for identity in data.azurerm_user_assigned_identity.environment : "workloads" => identity.principal_id }

  scope                = azurerm_storage_account.this.id
  role_definition_name = "Storage Blob Data Contributor"
  principal_id         = each.value
  principal_type       = "ServicePrincipal"
  description          = "Workloads of ${var.team}'s environment ${var.environment}."
}

resource "azurerm_management_lock" "this" {
  count = var.stage == "prod" ? 1 : 0

  name       = "account-stays"
  scope      = azurerm_storage_account.this.id
  lock_level = "CanNotDelete"
  notes      = "Production: deprovision the storage by a request."

  # The last to come is the first to go: a lock holds what is inside the account too.
  depends_on = [
    azurerm_role_assignment.environment,
    azurerm_storage_container.this,
    azurerm_storage_management_policy.this,
    module.private_endpoint,
  ]
}
