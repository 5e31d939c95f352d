module "environment" {
  source = "../../../catalog/environment"

  domain     = var.domain
  capability = var.capability
  owner      = var.owner
  team       = var.team
  name       = var.name
  stage      = var.stage
  cpu        = var.cpu
  memory_gib = var.memory_gib
}

module "resource_group" {
  source = "../../../modules/record"

  kind       = "resource-group"
  name       = module.environment.resource_group
  properties = { tags = module.environment.tags }
}

module "workload_identity" {
  source = "../../../modules/record"

  kind = "workload-identity"
  name = module.environment.workload_identity
  properties = {
    resource_group = module.environment.resource_group
    namespace      = module.environment.namespace
    tags           = module.environment.tags
  }
}

module "dns_record" {
  source = "../../../modules/record"

  kind       = "dns-record"
  name       = module.environment.host
  properties = { tags = module.environment.tags }
}

module "key_vault" {
  source = "../../../modules/record"

  kind = "key-vault"
  name = module.environment.key_vault
  properties = {
    resource_group = module.environment.resource_group
    readers        = [module.environment.workload_identity]
    tags           = module.environment.tags
  }
}
