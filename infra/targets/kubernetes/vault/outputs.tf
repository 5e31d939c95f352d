output "key_vault" {
  description = "The vault's name."
  value       = module.vault.key_vault
}

output "vault_uri" {
  description = "Where it is reached, by workload identity."
  value       = module.vault.vault_uri
}

output "secrets" {
  description = "What the environment's namespace gets of it: a key of the Secret, and its name in the vault."
  value       = module.vault.secrets
}

output "resource_group" {
  description = "The resource group it is in: the environment's."
  value       = module.vault.resource_group
}
