output "id" {
  description = "The identity as a resource."
  value       = azurerm_user_assigned_identity.this.id
}

output "name" {
  description = "Its name: also the name of its role in PostgreSQL."
  value       = azurerm_user_assigned_identity.this.name
}

output "client_id" {
  description = "What a ServiceAccount's annotation names."
  value       = azurerm_user_assigned_identity.this.client_id
}

output "principal_id" {
  description = "What role assignments name."
  value       = azurerm_user_assigned_identity.this.principal_id
}
