output "client_id" {
  description = "What the software that signs people in calls itself."
  value       = azuread_application.this.client_id
}

output "service_principal_id" {
  description = "The application in this tenant, for further role assignments."
  value       = azuread_service_principal.this.object_id
}
