output "storage_account" {
  description = "The account's name."
  value       = module.naming.storage_account
}

output "blob_endpoint" {
  description = "Where its blobs are reached, by workload identity."
  value       = "https://${module.naming.storage_account}.blob.core.windows.net/"
}

output "containers" {
  description = "Its blob containers."
  value       = local.account.containers
}

output "resource_group" {
  description = "The resource group it is in: the environment's where it lives in one."
  value       = local.resource_group
}

output "workload_identity" {
  description = "For the target, not for the requester: the identity of the environment it lives in, or none."
  value       = one(module.environment[*].workload_identity)
}

output "account" {
  description = "For the target, not for the requester: the account's settings."
  value       = local.account
}

output "tags" {
  description = "For the target, not for the requester: what each of its cloud resources is tagged with."
  value       = local.tags
}
