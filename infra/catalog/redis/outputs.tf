output "cache" {
  description = "The cache's name."
  value       = module.naming.redis_cache
}

output "host" {
  description = "Where it is reached inside the network, by TLS alone."
  value       = "${module.naming.redis_cache}.redis.azure.net"
}

output "port" {
  description = "The port it is reached at."
  value       = local.port
}

output "user" {
  description = "Who may enter: the environment's identity, by an Entra token. There is no access key."
  value       = module.environment.workload_identity
}

output "resource_group" {
  description = "The resource group it is in: the environment's."
  value       = module.environment.resource_group
}

output "price_class" {
  description = "What its size costs: low, medium or high."
  value       = module.sizes.price_class
}

output "settings" {
  description = "For the target, not for the requester: the cache's settings."
  value       = local.settings
}

output "tags" {
  description = "For the target, not for the requester: what each of its cloud resources is tagged with."
  value       = local.tags
}
