output "id" {
  description = "The virtual network."
  value       = azurerm_virtual_network.this.id
}

output "subnet_ids" {
  description = "Subnets by what lives in them, each only once its rules are in force."
  value       = { for name, subnet in azurerm_subnet.this : name => subnet.id }

  depends_on = [azurerm_subnet_network_security_group_association.this, azurerm_subnet_nat_gateway_association.this]
}

output "private_dns_zone_ids" {
  description = "Private DNS zones by what they name: blob, vault, registry, postgresql, mssql, redis; each only once the network asks it."
  value       = { for name, zone in azurerm_private_dns_zone.this : name => zone.id }

  depends_on = [azurerm_private_dns_zone_virtual_network_link.this]
}

output "egress_address" {
  description = "The one public address from which the platform reaches the internet."
  value       = azurerm_public_ip.nat.ip_address
}

output "pod_cidr" {
  description = "The range of the pods' overlay, as the rules know it."
  value       = var.pod_cidr
}
