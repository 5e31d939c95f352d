provider "azurerm" {
  subscription_id                 = var.azure.subscription_id
  storage_use_azuread             = true
  resource_provider_registrations = "none"

  features {
    # A secret that went stays recoverable for 90 days; who asks for it again by the same name gets it back.
    key_vault {
      purge_soft_deleted_secrets_on_destroy = false
      recover_soft_deleted_secrets          = true
    }
  }
}
