# What a Redis is, whatever the target: names, tags and settings. The targets make it.

module "naming" {
  source = "../../modules/naming"

  domain     = var.domain
  capability = var.capability
  team       = var.team
  name       = var.name
}

# The names of the environment it lives in.
module "environment" {
  source = "../../modules/naming"

  domain     = var.domain
  capability = "environments"
  team       = var.team
  name       = var.environment
}

module "sizes" {
  source = "../../modules/sizes"

  service = "redis"
  size    = var.size
}

locals {
  port       = 10000
  production = var.stage == "prod"

  # What the environment's namespace gets of its vault: a key of the Secret, and its name in the vault. The playbook names the Secret alike.
  secret  = "${var.capability}-${var.name}"
  secrets = { for fact in ["host", "port", "user"] : upper(fact) => "${local.secret}-${fact}" }
  store   = var.purpose == "store"

  tags = {
    team     = var.team
    stage    = var.stage
    resource = "${var.capability}.${var.team}.${var.name}"
    owner    = var.owner
  }

  settings = {
    sku = module.sizes.sku

    # A cache may forget; a store may not, neither when memory is full nor when it is started again.
    eviction_policy = local.store ? "NoEviction" : "AllKeysLRU"
    written_to_disk = local.store ? "1s" : null

    # Two nodes in two zones. A cache of dev may be cold for an hour.
    zone_redundant = var.stage != "dev" || local.store
    locked         = local.production

    # One address for all clients, also those that know nothing of clusters, on the only port that the network lets in.
    clustering_policy = "EnterpriseCluster"

    # Nobody may ask for less than this.
    public_network_access              = "Disabled"
    client_protocol                    = "Encrypted"
    access_keys_authentication_enabled = false
  }
}
