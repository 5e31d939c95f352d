output "namespace" {
  description = "The namespace its applications run in."
  value       = module.environment.namespace
}

output "host" {
  description = "The host its applications are reached at."
  value       = module.environment.host
}

output "resource_group" {
  description = "The resource group of its cloud resources."
  value       = module.environment.resource_group
}

output "workload_identity" {
  description = "The cloud identity of its workloads."
  value       = module.environment.workload_identity
}

output "workload_client_id" {
  description = "By which its workloads show who they are; none where no cloud gives one."
  value       = module.workload_identity.client_id
}

output "key_vault" {
  description = "The vault of its secrets."
  value       = module.environment.key_vault
}
