output "queue" {
  description = "The queue's name."
  value       = module.queue.queue
}

output "resource_group" {
  description = "The resource group it is in."
  value       = module.queue.resource_group
}
