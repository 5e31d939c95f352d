# What a machine is, whatever the target: names, tags and settings. The targets make it, and the playbook of the same name
# configures it.

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

module "sizes" {
  source = "../../modules/sizes"

  service = "virtual_machine"
  size    = var.size
}

locals {
  administrator = "steward"

  tags = {
    team     = var.team
    stage    = var.stage
    resource = "${var.capability}.${var.team}.${var.name}"
    owner    = var.owner
  }

  settings = {
    sku               = module.sizes.sku
    disk_gib          = var.disk_gib
    administrator     = local.administrator
    administrator_key = var.administrator_key
    locked            = var.stage == "prod"

    # Nobody may ask for less than this.
    password_authentication = false
    public_address          = false
    encryption_at_host      = true
    secure_boot             = true
  }
}
