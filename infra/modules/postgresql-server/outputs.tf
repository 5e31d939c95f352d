output "id" {
  description = "The server."
  value       = azurerm_postgresql_flexible_server.this.id
}

output "fqdn" {
  description = "Its name inside the network."
  value       = azurerm_postgresql_flexible_server.this.fqdn
}
