output "server" {
  description = "The server's name."
  value       = module.postgresql.server
}

output "host" {
  description = "Where it is reached inside the network, by TLS alone."
  value       = module.postgresql.host
}

output "port" {
  description = "The port it is reached at."
  value       = module.postgresql.port
}

output "database" {
  description = "The database that is made on it."
  value       = module.postgresql.database
}

output "user" {
  description = "Who may enter: the environment's identity, by an Entra token. There is no password."
  value       = module.postgresql.user
}

output "resource_group" {
  description = "The resource group it is in: the environment's."
  value       = module.postgresql.resource_group
}

output "namespace" {
  description = "The namespace that the secret is in: its environment's."
  value       = module.postgresql.namespace
}

output "secret" {
  description = "The Secret there that says where it is and who enters it. Nothing in it is secret: there is no password."
  value       = module.postgresql.secret
}

output "secrets" {
  description = "What the environment's namespace gets of it: a key of the Secret, and its name in the vault."
  value       = module.postgresql.secrets
}

output "key_vault" {
  description = "The vault of its environment, from which the namespace gets them."
  value       = module.postgresql.key_vault
}

output "price_class" {
  description = "What its size costs: low, medium or high."
  value       = module.postgresql.price_class
}
