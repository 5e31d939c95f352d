# The public zone. Its four name servers are what the registrar must be told, once; so it is locked.

resource "azurerm_dns_zone" "this" {
  name                = var.domain
  resource_group_name = var.resource_group_name
  tags                = var.tags

  lifecycle {
    prevent_destroy = true
  }
}

resource "azurerm_dns_caa_record" "this" {
  name                = "@"
  zone_name           = azurerm_dns_zone.this.name
  resource_group_name = var.resource_group_name
  ttl                 = 3600
  tags                = var.tags

  record {
    flags = 0
    tag   = "issue"
    value = var.certificate_authority
  }

  record {
    flags = 0
    tag   = "issuewild"
    value = var.certificate_authority
  }
}

resource "azurerm_management_lock" "this" {
  name       = "delegation-stays"
  scope      = azurerm_dns_zone.this.id
  lock_level = "CanNotDelete"
  notes      = "A new zone has other name servers, and the registrar would have to be told."
}
