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

# Each kind of thing as it should be: no guardrail has anything to say.

resource "azurerm_resource_group" "this" {
  name     = local.group
  location = "westeurope"
  tags     = local.tags
}

resource "azurerm_storage_account" "this" {
  name                            = "streceipts"
  resource_group_name             = local.group
  location                        = "West Europe"
  account_tier                    = "Standard"
  account_replication_type        = "ZRS"
  allow_nested_items_to_be_public = false
  public_network_access_enabled   = false
  shared_access_key_enabled       = false
  https_traffic_only_enabled      = true
  min_tls_version                 = "TLS1_2"
  tags                            = local.tags
}

resource "azurerm_storage_container" "this" {
  name                  = "receipts"
  storage_account_id    = azurerm_storage_account.this.id
  container_access_type = "private"
}

resource "azurerm_user_assigned_identity" "this" {
  name                = "id-shop-receipts"
  resource_group_name = local.group
  location            = "westeurope"
  tags                = local.tags
}

resource "azurerm_role_assignment" "own" {
  scope                = azurerm_storage_account.this.id
  role_definition_name = "Storage Blob Data Contributor"
  principal_id         = azurerm_user_assigned_identity.this.principal_id
  principal_type       = "ServicePrincipal"
}

resource "azurerm_role_assignment" "named" {
  scope                = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/${local.group}"
  role_definition_name = "Storage Blob Data Reader"
  principal_id         = azurerm_user_assigned_identity.this.principal_id
  principal_type       = "ServicePrincipal"
}

resource "azurerm_postgresql_flexible_server" "this" {
  name                          = "psql-receipts"
  resource_group_name           = local.group
  location                      = "northeurope"
  sku_name                      = "B_Standard_B1ms"
  public_network_access_enabled = false
  tags                          = local.tags

  authentication {
    active_directory_auth_enabled = true
    password_auth_enabled         = false
  }
}

resource "azurerm_postgresql_flexible_server_configuration" "this" {
  name      = "ssl_min_protocol_version"
  server_id = azurerm_postgresql_flexible_server.this.id
  value     = "TLSv1.3"
}

resource "azurerm_postgresql_flexible_server_configuration" "other" {
  name      = "log_connections"
  server_id = azurerm_postgresql_flexible_server.this.id
  value     = "off"
}

resource "azurerm_mssql_server" "this" {
  name                          = "sql-receipts"
  resource_group_name           = local.group
  location                      = "westeurope"
  version                       = "12.0"
  minimum_tls_version           = "1.2"
  public_network_access_enabled = false
  tags                          = local.tags

  azuread_administrator {
    login_username              = azurerm_user_assigned_identity.this.name
    object_id                   = azurerm_user_assigned_identity.this.client_id
    azuread_authentication_only = true
  }
}

resource "azurerm_mssql_database" "this" {
  name                                = "app"
  server_id                           = azurerm_mssql_server.this.id
  sku_name                            = "GP_S_Gen5_1"
  transparent_data_encryption_enabled = true
  tags                                = local.tags
}

resource "azurerm_managed_redis" "this" {
  name                  = "redis-receipts"
  resource_group_name   = local.group
  location              = "westeurope"
  sku_name              = "Balanced_B0"
  public_network_access = "Disabled"
  tags                  = local.tags

  default_database {
    access_keys_authentication_enabled = false
    client_protocol                    = "Encrypted"
  }
}

resource "azurerm_key_vault" "this" {
  name                          = "kv-receipts"
  resource_group_name           = local.group
  location                      = "westeurope"
  tenant_id                     = "66666666-6666-6666-6666-666666666666"
  sku_name                      = "standard"
  rbac_authorization_enabled    = true
  purge_protection_enabled      = true
  public_network_access_enabled = false
  tags                          = local.tags
}

resource "azurerm_network_security_group" "this" {
  name                = "nsg-receipts"
  resource_group_name = local.group
  location            = "westeurope"
  tags                = local.tags

  security_rule {
    name                       = "office"
    priority                   = 100
    direction                  = "Inbound"
    access                     = "Allow"
    protocol                   = "Tcp"
    source_address_prefix      = "10.0.0.0/8"
    source_port_range          = "*"
    destination_address_prefix = "*"
    destination_port_range     = "443"
  }
}
