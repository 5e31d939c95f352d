locals {
  tags = merge(var.tags, { managed-by = "terraform", root = "network" })
}

resource "azurerm_resource_group" "network" {
  name     = "RG-idp-net"
  location = var.location
  tags     = local.tags
}

module "network" {
  source = "../../modules/network"

  name                = "vnet-idp"
  resource_group_name = azurerm_resource_group.network.name
  location            = azurerm_resource_group.network.location
  address_space       = var.address_space
  edge_source_ranges  = var.edge_source_ranges
  tags                = local.tags
}

# Runs reach state, plans and artifacts without leaving the network.
module "state_endpoint" {
  source = "../../modules/private-endpoint"

  name                = "pe-state"
  resource_group_name = azurerm_resource_group.network.name
  location            = azurerm_resource_group.network.location
  subnet_id           = module.network.subnet_ids["private-endpoints"]
  private_dns_zone_id = module.network.private_dns_zone_ids["blob"]
  target_id           = var.bootstrap.state_account_id
  subresource         = "blob"
  tags                = local.tags
}
