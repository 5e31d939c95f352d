# Names that must answer with a private address inside the network.

locals {
  private_zones = {
    blob       = "privatelink.blob.core.windows.net"
    vault      = "privatelink.vaultcore.azure.net"
    registry   = "privatelink.azurecr.io"
    postgresql = "privatelink.postgres.database.azure.com"
    mssql      = "privatelink.database.windows.net"
    redis      = "privatelink.redis.azure.net"
  }
}

resource "azurerm_private_dns_zone" "this" {
  for_each = local.private_zones

  name                = each.value
  resource_group_name = var.resource_group_name
  tags                = var.tags
}

resource "azurerm_private_dns_zone_virtual_network_link" "this" {
  for_each = local.private_zones

  name                 = var.name
  private_dns_zone_id  = azurerm_private_dns_zone.this[each.key].id
  virtual_network_id   = azurerm_virtual_network.this.id
  registration_enabled = false
  tags                 = var.tags
}
