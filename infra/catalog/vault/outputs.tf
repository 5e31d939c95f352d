output "key_vault" {
  description = "The vault's name."
  value       = module.naming.key_vault
}

output "vault_uri" {
  description = "Where it is reached, by workload identity."
  value       = "https://${module.naming.key_vault}.vault.azure.net/"
}

output "secrets" {
  description = "What the environment's namespace gets of it: a key of the Secret, and its name in the vault."
  value       = var.secrets
}

output "resource_group" {
  description = "The resource group it is in: the environment's."
  value       = module.environment.resource_group
}

output "workload_identity" {
  description = "For the target, not for the requester: the identity of the environment it lives in."
  value       = module.environment.workload_identity
}

output "tags" {
  description = "For the target, not for the requester: what each of its cloud resources is tagged with."
  value       = local.tags
}
