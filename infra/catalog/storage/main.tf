# What a storage account is, whatever the target: names, tags and settings. The targets make it.

module "naming" {
  source = "../../modules/naming"

  domain     = var.domain
  capability = var.capability
  team       = var.team
  name       = var.name
}

# The names of the environment it lives in, if any.
module "environment" {
  source = "../../modules/naming"
  count  = var.environment == null ? 0 : 1

  domain     = var.domain
  capability = "environments"
  team       = var.team
  name       = var.environment
}

locals {
  resource_group = one(concat(module.environment[*].resource_group, var.environment == null ? [module.naming.resource_group] : []))

  tags = {
    team     = var.team
    stage    = var.stage
    resource = "${var.capability}.${var.team}.${var.name}"
    owner    = var.owner
  }

  # Nobody may ask for less than this.
  account = {
    replication                     = var.replication
    minimum_tls_version             = "TLS1_2"
    shared_access_key_enabled       = false
    public_network_access_enabled   = false
    allow_nested_items_to_be_public = false
    delete_retention_days           = var.retention_days
    containers                      = sort(var.containers)
  }
}
