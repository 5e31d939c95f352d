# What everything else stands on and what outlives it: the state, and the delegated domain.

locals {
  tags = merge(var.tags, { managed-by = "terraform", root = "bootstrap" })
}

resource "azurerm_resource_group" "core" {
  name     = "RG-core"
  location = var.location
  tags     = local.tags
}

module "state_account" {
  source = "../../modules/state-account"

  name                = var.state_account_name
  resource_group_name = azurerm_resource_group.core.name
  location            = azurerm_resource_group.core.location
  operators           = var.operators
  operator_addresses  = var.operator_addresses
  tags                = local.tags
}

module "dns_zone" {
  source = "../../modules/dns-zone"

  domain              = var.domain
  resource_group_name = azurerm_resource_group.core.name
  tags                = local.tags
}
