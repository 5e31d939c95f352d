output "storage_account" {
  description = "The account's name."
  value       = module.storage.storage_account
}

output "blob_endpoint" {
  description = "Where its blobs are reached, by workload identity."
  value       = module.storage.blob_endpoint
}

output "containers" {
  description = "Its blob containers."
  value       = module.storage.containers
}

output "resource_group" {
  description = "The resource group it is in: the environment's where it lives in one."
  value       = module.storage.resource_group
}
