output "id" {
  description = "The registry."
  value       = azurerm_container_registry.this.id
}

output "login_server" {
  description = "What image names start with."
  value       = azurerm_container_registry.this.login_server
}

output "name" {
  description = "As the resource is called."
  value       = azurerm_container_registry.this.name
}
