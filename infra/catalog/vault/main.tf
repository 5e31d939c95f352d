# What a vault is, whatever the target: names and tags. The targets make it. No secret is ever here: only names of them.

module "naming" {
  source = "../../modules/naming"

  domain     = var.domain
  capability = var.capability
  team       = var.team
  name       = var.name
}

module "environment" {
  source = "../../modules/naming"

  domain     = var.domain
  capability = "environments"
  team       = var.team
  name       = var.environment
}

locals {
  tags = {
    team     = var.team
    stage    = var.stage
    resource = "${var.capability}.${var.team}.${var.name}"
    owner    = var.owner
  }
}
