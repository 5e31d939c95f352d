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

output "tags" {
  description = "For the target, not for the requester: what each of its cloud resources is tagged with."
  value       = local.tags
}
