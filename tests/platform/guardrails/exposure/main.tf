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

resource "azurerm_postgresql_flexible_server" "forgotten" {
  name                = "psql-receipts"
  resource_group_name = local.group
  location            = "westeurope"
  sku_name            = "B_Standard_B1ms"
  tags                = local.tags

  authentication {
    active_directory_auth_enabled = true
    password_auth_enabled         = false
  }
}

resource "azurerm_postgresql_flexible_server_firewall_rule" "door" {
  name             = "office"
  server_id        = azurerm_postgresql_flexible_server.forgotten.id
  start_ip_address = "203.0.113.7"
  end_ip_address   = "203.0.113.7"
}

resource "azurerm_mssql_server" "open" {
  name                          = "sql-receipts"
  resource_group_name           = local.group
  location                      = "westeurope"
  version                       = "12.0"
  minimum_tls_version           = "1.2"
  public_network_access_enabled = true
  tags                          = local.tags

  azuread_administrator {
    login_username              = "id-shop-receipts"
    object_id                   = "11111111-1111-1111-1111-111111111111"
    azuread_authentication_only = true
  }
}

resource "azurerm_mssql_firewall_rule" "door" {
  name             = "office"
  server_id        = azurerm_mssql_server.open.id
  start_ip_address = "203.0.113.7"
  end_ip_address   = "203.0.113.7"
}

resource "azurerm_mssql_virtual_network_rule" "door" {
  name      = "elsewhere"
  server_id = azurerm_mssql_server.open.id
  subnet_id = "/subnet"
}

resource "azurerm_mssql_outbound_firewall_rule" "out" {
  name      = "elsewhere.example"
  server_id = azurerm_mssql_server.open.id
}

resource "azurerm_managed_redis" "open" {
  name                  = "redis-receipts"
  resource_group_name   = local.group
  location              = "westeurope"
  sku_name              = "Balanced_B0"
  public_network_access = "Enabled"
  tags                  = local.tags

  default_database {
    access_keys_authentication_enabled = false
    client_protocol                    = "Encrypted"
  }
}
