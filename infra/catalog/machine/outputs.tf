output "machine" {
  description = "Its name, and its host name."
  value       = module.naming.machine
}

output "administrator" {
  description = "Who enters it by SSH, with the key that was given."
  value       = local.administrator
}

output "private_address" {
  description = "Where it is reached inside the network; none where no cloud gives one."
  value       = null
}

output "resource_group" {
  description = "The resource group it is in: the environment's."
  value       = module.environment.resource_group
}

output "price_class" {
  description = "What its size costs: low, medium or high."
  value       = module.sizes.price_class
}

output "workload_identity" {
  description = "For the target, not for the requester: the identity of the environment it lives in."
  value       = module.environment.workload_identity
}

output "settings" {
  description = "For the target, not for the requester: the machine's settings."
  value       = local.settings
}

output "tags" {
  description = "For the target, not for the requester: what each of its cloud resources is tagged with."
  value       = local.tags
}
