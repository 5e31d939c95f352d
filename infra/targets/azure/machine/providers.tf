provider "azurerm" {
  subscription_id                 = var.azure.subscription_id
  storage_use_azuread             = true
  resource_provider_registrations = "none"

  features {
    # A vault stays recoverable for 90 days; who asks for it again by the same name gets it back.
    key_vault {
      purge_soft_delete_on_destroy    = false
      recover_soft_deleted_key_vaults = true
    }

    # What nobody asked to remove is in no plan, and would go with its group.
    resource_group {
      prevent_deletion_if_contains_resources = true
    }
  }
}
