module "queue" {
  source = "../../../catalog/queue"

  domain         = var.domain
  capability     = var.capability
  owner          = var.owner
  team           = var.team
  name           = var.name
  stage          = var.stage
  retention_days = var.retention_days
}

module "queue_record" {
  source = "../../../modules/record"

  kind = "queue"
  name = module.queue.queue
  properties = merge(module.queue.settings, {
    resource_group = module.queue.resource_group
    tags           = module.queue.tags
  })
}
