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

resource "azurerm_storage_account" "weak" {
  name                            = "streceipts"
  resource_group_name             = local.group
  location                        = "westeurope"
  account_tier                    = "Standard"
  account_replication_type        = "LRS"
  allow_nested_items_to_be_public = false
  public_network_access_enabled   = false
  https_traffic_only_enabled      = false
  min_tls_version                 = "TLS1_0"
  tags                            = local.tags
}

resource "azurerm_linux_virtual_machine" "weak" {
  name                            = "vm-receipts"
  resource_group_name             = local.group
  location                        = "westeurope"
  size                            = "Standard_B2s"
  admin_username                  = "operator"
  network_interface_ids           = ["/nic"]
  disable_password_authentication = false
  tags                            = local.tags

  os_disk {
    caching              = "ReadWrite"
    storage_account_type = "Premium_LRS"
  }
}

resource "azurerm_managed_redis" "clear" {
  name                  = "redis-receipts"
  resource_group_name   = local.group
  location              = "westeurope"
  sku_name              = "Balanced_B0"
  public_network_access = "Disabled"
  tags                  = local.tags

  default_database {
    client_protocol = "Plaintext"
  }
}
