module "machine" {
  source = "../../../catalog/machine"

  domain            = var.domain
  capability        = var.capability
  owner             = var.owner
  team              = var.team
  name              = var.name
  stage             = var.stage
  environment       = var.environment
  administrator_key = var.administrator_key
  size              = var.size
  disk_gib          = var.disk_gib
}

module "virtual_machine" {
  source = "../../../modules/record"

  kind = "virtual-machine"
  name = module.machine.machine
  properties = merge(module.machine.settings, {
    resource_group = module.machine.resource_group
    identity       = module.machine.workload_identity
    tags           = module.machine.tags
  })
}
