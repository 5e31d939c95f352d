output "server" {
  description = "The server's name."
  value       = module.naming.mssql_server
}

output "host" {
  description = "Where it is reached inside the network, by TLS alone."
  value       = "${module.naming.mssql_server}.database.windows.net"
}

output "port" {
  description = "The port it is reached at."
  value       = local.port
}

output "database" {
  description = "The database that is made on it."
  value       = local.database
}

output "user" {
  description = "Who may enter: the environment's identity, by an Entra token. There is no password."
  value       = module.environment.workload_identity
}

output "resource_group" {
  description = "The resource group it is in: the environment's."
  value       = module.environment.resource_group
}

output "namespace" {
  description = "The namespace that the secret is in: its environment's."
  value       = module.environment.namespace
}

output "secret" {
  description = "The Secret there that says where it is and who enters it. Nothing in it is secret: there is no password."
  value       = local.secret
}

output "secrets" {
  description = "What the environment's namespace gets of it: a key of the Secret, and its name in the vault."
  value       = local.secrets
}

output "key_vault" {
  description = "The vault of its environment, from which the namespace gets them."
  value       = module.environment.key_vault
}

output "price_class" {
  description = "What its size costs: low, medium or high."
  value       = module.sizes.price_class
}

output "settings" {
  description = "For the target, not for the requester: the server's settings."
  value       = local.settings
}

output "tags" {
  description = "For the target, not for the requester: what each of its cloud resources is tagged with."
  value       = local.tags
}
