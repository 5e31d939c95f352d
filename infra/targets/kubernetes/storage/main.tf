module "storage" {
  source = "../../../catalog/storage"

  domain         = var.domain
  capability     = var.capability
  owner          = var.owner
  team           = var.team
  name           = var.name
  stage          = var.stage
  environment    = var.environment
  containers     = var.containers
  replication    = var.replication
  retention_days = var.retention_days
}

module "storage_account" {
  source = "../../../modules/record"

  kind = "storage-account"
  name = module.storage.storage_account
  properties = merge(module.storage.account, {
    resource_group = module.storage.resource_group
    tags           = module.storage.tags
  })
}
