# What a PostgreSQL server is, whatever the target: names, tags and settings. The targets make it.

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

  service = "postgresql"
  size    = var.size
}

locals {
  port       = 5432
  database   = "app"
  production = var.stage == "prod"

  # What the environment's namespace gets of its vault: a key of the Secret, and its name in the vault. The playbook names the Secret alike.
  secret  = "${var.capability}-${var.name}"
  secrets = { for fact in ["host", "port", "database", "user"] : upper(fact) => "${local.secret}-${fact}" }

  # To begin with; Azure grows it as it fills.
  storage_gib = { small = 32, medium = 64, large = 128 }

  tags = {
    team     = var.team
    stage    = var.stage
    resource = "${var.capability}.${var.team}.${var.name}"
    owner    = var.owner
  }

  settings = {
    sku         = module.sizes.sku
    version     = var.major_version
    storage_gib = local.storage_gib[var.size]
    backup_days = var.backup_days

    # Production outlives a zone and a region. Azure has no standby for the small ones, which can stop and go on (burstable).
    zone_redundant        = local.production && var.size != "small"
    backup_in_two_regions = local.production
    locked                = local.production

    # Nobody may ask for less than this.
    public_network_access_enabled = false
    password_auth_enabled         = false
    parameters = {
      "connection_throttle.enable" = "on"
      "log_checkpoints"            = "on"
      "log_connections"            = "on"
      "log_disconnections"         = "on"
      "require_secure_transport"   = "on"
      "ssl_min_protocol_version"   = "TLSv1.2"
    }
  }
}
