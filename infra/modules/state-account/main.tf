# Terraform state, saved plans and run artifacts: private, versioned, without keys.

locals {
  containers = toset(["state", "plans", "artifacts"])
}

resource "azurerm_storage_account" "this" {
  name                = var.name
  resource_group_name = var.resource_group_name
  location            = var.location

  account_kind             = "StorageV2"
  account_tier             = "Standard"
  account_replication_type = "RAGZRS"

  shared_access_key_enabled         = false
  default_to_oauth_authentication   = true
  allow_nested_items_to_be_public   = false
  local_user_enabled                = false
  cross_tenant_replication_enabled  = false
  infrastructure_encryption_enabled = true
  https_traffic_only_enabled        = true
  min_tls_version                   = "TLS1_2"
  public_network_access_enabled     = length(var.operator_addresses) > 0

  network_rules {
    default_action = "Deny"
    bypass         = ["None"]
    ip_rules       = var.operator_addresses
  }

  blob_properties {
    versioning_enabled  = true
    change_feed_enabled = true

    delete_retention_policy {
      days = var.retention_days
    }

    container_delete_retention_policy {
      days = var.retention_days
    }
  }

  sas_policy {
    expiration_period = "00.01:00:00"
    expiration_action = "Block"
  }

  tags = var.tags

  lifecycle {
    prevent_destroy = true
  }
}

resource "azurerm_storage_container" "this" {
  for_each = local.containers

  name                  = each.key
  storage_account_id    = azurerm_storage_account.this.id
  container_access_type = "private"
}

resource "azurerm_storage_management_policy" "this" {
  storage_account_id = azurerm_storage_account.this.id

  # A saved plan holds values in clear text; it is of use until it is applied or its approval has lapsed.
  rule {
    name    = "plans-leave"
    enabled = true

    filters {
      blob_types   = ["blockBlob"]
      prefix_match = ["plans/"]
    }

    actions {
      base_blob {
        delete_after_days_since_creation_greater_than = 7
      }
      version {
        delete_after_days_since_creation = 7
      }
    }
  }

  rule {
    name    = "artifacts-leave"
    enabled = true

    filters {
      blob_types   = ["blockBlob"]
      prefix_match = ["artifacts/"]
    }

    actions {
      base_blob {
        delete_after_days_since_creation_greater_than = 90
      }
      version {
        delete_after_days_since_creation = 7
      }
    }
  }

  # The state itself stays for ever; only what it was before leaves.
  rule {
    name    = "old-state-leaves"
    enabled = true

    filters {
      blob_types   = ["blockBlob"]
      prefix_match = ["state/"]
    }

    actions {
      version {
        delete_after_days_since_creation = var.retention_days
      }
    }
  }
}

resource "azurerm_role_assignment" "operators" {
  for_each = var.operators

  scope                = azurerm_storage_account.this.id
  role_definition_name = "Storage Blob Data Contributor"
  principal_id         = each.value
  principal_type       = "Group"
  description          = "State, plans and artifacts of the platform, for ${each.key}."
}

resource "azurerm_management_lock" "this" {
  name       = "state-stays"
  scope      = azurerm_storage_account.this.id
  lock_level = "CanNotDelete"
  notes      = "Without its state nothing that the platform made can be changed or removed."
}
