output "queue" {
  description = "The queue's name."
  value       = "${var.team}-${var.name}"
}

output "resource_group" {
  description = "The resource group it is in."
  value       = module.naming.resource_group
}

output "namespace" {
  description = "For the target, not for the requester: what holds it in Azure, by a name unique there."
  value       = "sb-${module.naming.storage_account}"
}

output "settings" {
  description = "For the target, not for the requester: the queue's settings."
  value       = { retention_days = var.retention_days }
}

output "tags" {
  description = "For the target, not for the requester: what each of its cloud resources is tagged with."
  value       = local.tags
}
