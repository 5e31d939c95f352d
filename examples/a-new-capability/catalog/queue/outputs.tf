output "queue" {
  description = "The queue's name."
  value       = "${var.team}-${var.name}"
}

output "resource_group" {
  description = "The resource group it is in."
  value       = module.naming.resource_group
}

output "settings" {
  description = "For the target, not for the requester: the queue's settings."
  value       = { retention_days = var.retention_days }
}

output "tags" {
  description = "For the target, not for the requester: what each of its cloud resources is tagged with."
  value       = local.tags
}
