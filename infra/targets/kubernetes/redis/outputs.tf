output "cache" {
  description = "The cache's name."
  value       = module.redis.cache
}

output "host" {
  description = "Where it is reached inside the network, by TLS alone."
  value       = module.redis.host
}

output "port" {
  description = "The port it is reached at."
  value       = module.redis.port
}

output "user" {
  description = "Who may enter: the environment's identity, by an Entra token. There is no access key."
  value       = module.redis.user
}

output "resource_group" {
  description = "The resource group it is in: the environment's."
  value       = module.redis.resource_group
}

output "namespace" {
  description = "The namespace that the secret is in: its environment's."
  value       = module.redis.namespace
}

output "secret" {
  description = "The Secret there that says where it is and who enters it. Nothing in it is secret: there is no password."
  value       = module.redis.secret
}

output "secrets" {
  description = "What the environment's namespace gets of it: a key of the Secret, and its name in the vault."
  value       = module.redis.secrets
}

output "key_vault" {
  description = "The vault of its environment, from which the namespace gets them."
  value       = module.redis.key_vault
}

output "price_class" {
  description = "What its size costs: low, medium or high."
  value       = module.redis.price_class
}
