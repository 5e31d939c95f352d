# What an environment is, whatever the target: names and tags. The targets make it.
# Its size, cpu and memory_gib, is the playbook's.

module "naming" {
  source = "../../modules/naming"

  domain     = var.domain
  capability = var.capability
  team       = var.team
  name       = var.name
}

locals {
  tags = {
    team     = var.team
    stage    = var.stage
    resource = "${var.capability}.${var.team}.${var.name}"
    owner    = var.owner
  }
}
