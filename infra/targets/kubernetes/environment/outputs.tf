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
