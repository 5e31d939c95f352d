output "namespace" {
  description = "The namespace its applications run in."
  value       = module.naming.namespace
}

output "host" {
  description = "The host its applications are reached at."
  value       = module.naming.host
}

output "resource_group" {
  description = "The resource group of its cloud resources."
  value       = module.naming.resource_group
}

output "workload_identity" {
  description = "The cloud identity of its workloads."
  value       = module.naming.workload_identity
}

output "workload_client_id" {
  description = "By which its workloads show who they are; none where no cloud gives one."
  value       = null
}

output "key_vault" {
  description = "The vault of its secrets."
  value       = module.naming.key_vault
}

output "tags" {
  description = "For the target, not for the requester: what each of its cloud resources is tagged with."
  value       = local.tags
}
