# What a SQL Server is, whatever the target: names, tags and settings. The targets make it.

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

  service = "mssql"
  size    = var.size
}

locals {
  port       = 1433
  database   = "app"
  production = var.stage == "prod"

  # What the environment's namespace gets of its vault: a key of the Secret, and its name in the vault. The playbook names the Secret alike.
  secret  = "${var.capability}-${var.name}"
  secrets = { for fact in ["host", "port", "database", "user"] : upper(fact) => "${local.secret}-${fact}" }

  # The most it may hold; what is not used costs little.
  storage_gib = { small = 32, medium = 128, large = 512 }

  tags = {
    team     = var.team
    stage    = var.stage
    resource = "${var.capability}.${var.team}.${var.name}"
    owner    = var.owner
  }

  settings = {
    sku         = module.sizes.sku
    storage_gib = local.storage_gib[var.size]
    backup_days = var.backup_days

    # Small and medium ones are serverless: they pay by use. Only outside of production do they sleep, as waking takes a minute.
    serverless     = var.size != "large"
    sleeps_minutes = var.size == "large" ? null : local.production ? -1 : 60

    # Production outlives a zone and a region.
    zone_redundant = local.production
    backup_storage = local.production ? "GeoZone" : "Zone"
    locked         = local.production

    # Nobody may ask for less than this.
    minimum_tls_version                  = "1.2"
    public_network_access_enabled        = false
    outbound_network_restriction_enabled = true
    azuread_authentication_only          = true
  }
}
