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

resource "azurerm_postgresql_flexible_server" "large" {
  name                          = "psql-receipts"
  resource_group_name           = local.group
  location                      = "westeurope"
  sku_name                      = "MO_Standard_E96ds_v5"
  public_network_access_enabled = false
  tags                          = local.tags

  authentication {
    active_directory_auth_enabled = true
    password_auth_enabled         = false
  }
}

resource "azurerm_mssql_database" "large" {
  name                                = "app"
  server_id                           = "/sql-receipts"
  sku_name                            = "GP_Gen5_4"
  transparent_data_encryption_enabled = true
  tags                                = local.tags
}

resource "azurerm_managed_redis" "large" {
  name                  = "redis-receipts"
  resource_group_name   = local.group
  location              = "westeurope"
  sku_name              = "Balanced_B3"
  public_network_access = "Disabled"
  tags                  = local.tags

  default_database {
    access_keys_authentication_enabled = false
    client_protocol                    = "Encrypted"
  }
}

resource "azurerm_storage_account" "far" {
  name                            = "streceipts"
  resource_group_name             = local.group
  location                        = "westeurope"
  account_tier                    = "Standard"
  account_replication_type        = "GZRS"
  allow_nested_items_to_be_public = false
  public_network_access_enabled   = false
  shared_access_key_enabled       = false
  https_traffic_only_enabled      = true
  min_tls_version                 = "TLS1_2"
  tags                            = local.tags
}
