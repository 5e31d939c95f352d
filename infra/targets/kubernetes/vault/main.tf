module "vault" {
  source = "../../../catalog/vault"

  domain      = var.domain
  capability  = var.capability
  owner       = var.owner
  team        = var.team
  name        = var.name
  stage       = var.stage
  environment = var.environment
  secrets     = var.secrets
}

module "key_vault" {
  source = "../../../modules/record"

  kind = "key-vault"
  name = module.vault.key_vault
  properties = {
    resource_group = module.vault.resource_group
    readers        = [module.vault.workload_identity]
    tags           = module.vault.tags
  }
}
