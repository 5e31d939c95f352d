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

resource "azurerm_storage_account" "forgotten" {
  name                       = "streceipts"
  resource_group_name        = local.group
  location                   = "westeurope"
  account_tier               = "Standard"
  account_replication_type   = "LRS"
  shared_access_key_enabled  = false
  https_traffic_only_enabled = true
  min_tls_version            = "TLS1_2"
  tags                       = local.tags
}

resource "azurerm_storage_container" "public" {
  name                  = "receipts"
  storage_account_id    = azurerm_storage_account.forgotten.id
  container_access_type = "blob"
}

resource "azurerm_public_ip" "door" {
  name                = "pip-receipts"
  resource_group_name = local.group
  location            = "westeurope"
  allocation_method   = "Static"
  tags                = local.tags
}

resource "azurerm_network_security_group" "open" {
  name                = "nsg-receipts"
  resource_group_name = local.group
  location            = "westeurope"
  tags                = local.tags

  security_rule {
    name                       = "all"
    priority                   = 100
    direction                  = "Inbound"
    access                     = "Allow"
    protocol                   = "Tcp"
    source_address_prefix      = "Internet"
    source_port_range          = "*"
    destination_address_prefix = "*"
    destination_port_range     = "22"
  }
}

resource "azurerm_network_security_rule" "open" {
  name                        = "all"
  resource_group_name         = local.group
  network_security_group_name = "nsg-receipts"
  priority                    = 110
  direction                   = "Inbound"
  access                      = "Allow"
  protocol                    = "Tcp"
  source_address_prefixes     = ["10.0.0.0/8", "0.0.0.0/0"]
  source_port_range           = "*"
  destination_address_prefix  = "*"
  destination_port_range      = "443"
}
