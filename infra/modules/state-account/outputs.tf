output "id" {
  description = "The storage account."
  value       = azurerm_storage_account.this.id
}

output "name" {
  description = "Its name."
  value       = azurerm_storage_account.this.name
}

output "containers" {
  description = "Scope for role assignments of each container: state, plans, artifacts."
  value       = { for name, container in azurerm_storage_container.this : name => "${azurerm_storage_account.this.id}/blobServices/default/containers/${container.name}" }
}
