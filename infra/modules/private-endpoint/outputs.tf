output "id" {
  description = "The private endpoint."
  value       = azurerm_private_endpoint.this.id
}
