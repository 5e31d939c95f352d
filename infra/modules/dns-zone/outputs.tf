output "id" {
  description = "The zone."
  value       = azurerm_dns_zone.this.id
}

output "name" {
  description = "Its domain."
  value       = azurerm_dns_zone.this.name
}

output "name_servers" {
  description = "What the registrar must be told."
  value       = azurerm_dns_zone.this.name_servers
}
