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

resource "azurerm_resource_group" "untagged" {
  name     = local.group
  location = "westeurope"
}

resource "azurerm_user_assigned_identity" "strange" {
  name                = "id-receipts"
  resource_group_name = local.group
  location            = "westeurope"
  tags                = merge(local.tags, { team = "bank" })
}
