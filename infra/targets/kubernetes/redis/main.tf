module "redis" {
  source = "../../../catalog/redis"

  domain      = var.domain
  capability  = var.capability
  owner       = var.owner
  team        = var.team
  name        = var.name
  stage       = var.stage
  environment = var.environment
  size        = var.size
  purpose     = var.purpose
}

module "cache" {
  source = "../../../modules/record"

  kind = "redis-cache"
  name = module.redis.cache
  properties = merge(module.redis.settings, {
    resource_group = module.redis.resource_group
    user           = module.redis.user
    tags           = module.redis.tags
  })
}
