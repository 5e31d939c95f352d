terraform {
  required_version = ">= 1.11"

  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 5.0"
    }
  }
}

provider "azurerm" {
  subscription_id = "22222222-2222-2222-2222-222222222222"

  features {}
}

locals {
  group = "rg-storage.shop.receipts"
  tags  = { resource = "storage.shop.receipts", team = "shop", stage = "dev" }
}

data "azurerm_subscription" "this" {}

resource "azurerm_role_assignment" "owner" {
  scope                = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/${local.group}"
  role_definition_name = "Owner"
  principal_id         = "66666666-6666-6666-6666-666666666666"
  principal_type       = "ServicePrincipal"
}

resource "azurerm_role_assignment" "wide" {
  scope                = "/subscriptions/22222222-2222-2222-2222-222222222222"
  role_definition_name = "Storage Blob Data Reader"
  principal_id         = "66666666-6666-6666-6666-666666666666"
  principal_type       = "ServicePrincipal"
}

resource "azurerm_role_assignment" "other" {
  scope                = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-storage.shopping.receipts"
  role_definition_name = "Storage Blob Data Reader"
  principal_id         = "66666666-6666-6666-6666-666666666666"
  principal_type       = "ServicePrincipal"
}

resource "azurerm_role_assignment" "person" {
  scope                = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/${local.group}"
  role_definition_name = "Storage Blob Data Reader"
  principal_id         = "66666666-6666-6666-6666-666666666666"
  principal_type       = "User"
}

resource "terraform_data" "scope" {
  input = data.azurerm_subscription.this.id
}

resource "azurerm_role_assignment" "hidden" {
  scope                = sensitive(upper(terraform_data.scope.output))
  role_definition_name = "Storage Blob Data Reader"
  principal_id         = "66666666-6666-6666-6666-666666666666"
  principal_type       = "ServicePrincipal"
}
