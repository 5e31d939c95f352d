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
    access_keys_authentication_enabled = true
    client_protocol                    = "Plaintext"
  }
}

# What is not written is the provider's default, and that is a password.
resource "azurerm_postgresql_flexible_server" "forgotten" {
  name                          = "psql-receipts"
  resource_group_name           = local.group
  location                      = "westeurope"
  sku_name                      = "B_Standard_B1ms"
  public_network_access_enabled = false
  tags                          = local.tags
}

resource "azurerm_postgresql_flexible_server" "entered" {
  name                              = "psql-receipts"
  resource_group_name               = local.group
  location                          = "westeurope"
  sku_name                          = "B_Standard_B1ms"
  administrator_login               = "operator"
  administrator_password_wo         = "hunter-2-hunter-2"
  administrator_password_wo_version = 1
  public_network_access_enabled     = false
  tags                              = local.tags

  authentication {
    active_directory_auth_enabled = true
    password_auth_enabled         = false
  }
}

resource "azurerm_postgresql_flexible_server_configuration" "clear" {
  name      = "require_secure_transport"
  server_id = azurerm_postgresql_flexible_server.forgotten.id
  value     = "off"
}

resource "azurerm_postgresql_flexible_server_configuration" "old" {
  name      = "ssl_min_protocol_version"
  server_id = azurerm_postgresql_flexible_server.forgotten.id
  value     = "TLSv1.1"
}

resource "azurerm_mssql_server" "weak" {
  name                          = "sql-receipts"
  resource_group_name           = local.group
  location                      = "westeurope"
  version                       = "12.0"
  administrator_login           = "operator"
  administrator_login_password  = "hunter-2-hunter-2"
  minimum_tls_version           = "1.0"
  public_network_access_enabled = false
  tags                          = local.tags

  azuread_administrator {
    login_username = "operators"
    object_id      = "11111111-1111-1111-1111-111111111111"
  }
}

resource "azurerm_mssql_database" "clear" {
  name                                = "app"
  server_id                           = azurerm_mssql_server.weak.id
  sku_name                            = "GP_S_Gen5_1"
  transparent_data_encryption_enabled = false
  tags                                = local.tags
}
