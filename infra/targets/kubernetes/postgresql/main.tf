module "postgresql" {
  source = "../../../catalog/postgresql"

  domain        = var.domain
  capability    = var.capability
  owner         = var.owner
  team          = var.team
  name          = var.name
  stage         = var.stage
  environment   = var.environment
  size          = var.size
  major_version = var.major_version
  backup_days   = var.backup_days
}

module "server" {
  source = "../../../modules/record"

  kind = "postgresql-server"
  name = module.postgresql.server
  properties = merge(module.postgresql.settings, {
    resource_group = module.postgresql.resource_group
    user           = module.postgresql.user
    tags           = module.postgresql.tags
  })
}
