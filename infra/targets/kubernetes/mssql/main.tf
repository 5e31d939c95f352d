module "mssql" {
  source = "../../../catalog/mssql"

  domain      = var.domain
  capability  = var.capability
  owner       = var.owner
  team        = var.team
  name        = var.name
  stage       = var.stage
  environment = var.environment
  size        = var.size
  backup_days = var.backup_days
}

module "server" {
  source = "../../../modules/record"

  kind = "mssql-server"
  name = module.mssql.server
  properties = merge(module.mssql.settings, {
    resource_group = module.mssql.resource_group
    user           = module.mssql.user
    tags           = module.mssql.tags
  })
}
