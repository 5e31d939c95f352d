module "environment" {
  source = "../../../catalog/environment"

  domain     = var.domain
  capability = var.capability
  owner      = var.owner
  team       = var.team
  name       = var.name
  stage      = var.stage
  cpu        = var.cpu
  memory_gib = var.memory_gib
}

resource "azurerm_resource_group" "this" {
  name     = module.environment.resource_group
  location = var.azure.location
  tags     = module.environment.tags
}

# Who its workloads are: the ServiceAccount `workload` of its namespace, and nobody else.
module "workload_identity" {
  source = "../../../modules/identity"

  name                = module.environment.workload_identity
  resource_group_name = azurerm_resource_group.this.name
  location            = azurerm_resource_group.this.location
  issuer              = var.azure.oidc_issuer_url
  service_accounts    = ["${module.environment.namespace}/workload"]
  tags                = module.environment.tags
}

# Where what lives in it keeps its credentials, for its workloads to read.
module "key_vault" {
  source = "../../../modules/key-vault"

  name                       = module.environment.key_vault
  resource_group_name        = azurerm_resource_group.this.name
  location                   = azurerm_resource_group.this.location
  tenant_id                  = var.azure.tenant_id
  officers                   = {}
  readers                    = { workloads = module.workload_identity.principal_id }
  log_analytics_workspace_id = var.azure.log_analytics_workspace_id
  tags                       = module.environment.tags

  private_endpoint = {
    subnet_id           = var.azure.private_endpoints_subnet_id
    private_dns_zone_id = var.azure.private_dns_zone_ids.vault
  }
}

# Tells of money that is spent; it stops nothing.
resource "azurerm_consumption_budget_resource_group" "this" {
  name              = "monthly"
  resource_group_id = azurerm_resource_group.this.id
  amount            = var.azure.monthly_budget[var.stage]
  time_grain        = "Monthly"

  time_period {
    start_date = formatdate("YYYY-MM-01'T'00:00:00Z", plantimestamp())
  }

  dynamic "notification" {
    for_each = { forecast = { type = "Forecasted", threshold = 100 }, spent = { type = "Actual", threshold = 90 } }

    content {
      operator       = "GreaterThan"
      threshold      = notification.value.threshold
      threshold_type = notification.value.type
      contact_emails = var.azure.budget_receivers
    }
  }

  lifecycle {
    # Azure takes only the current month for a beginning, and then it stays.
    ignore_changes = [time_period]
  }
}

# In production neither the group nor what software needs to start goes by hand. Not on the group: a lock is inherited,
# and nothing that lives in it could be removed by its own request.
resource "azurerm_management_lock" "this" {
  for_each = var.stage == "prod" ? { identity = module.workload_identity.id, vault = module.key_vault.id } : {}

  name       = "${each.key}-stays"
  scope      = each.value
  lock_level = "CanNotDelete"
  notes      = "Production: deprovision the environment by a request."

  # The last to come is the first to go: a lock holds what is inside the vault too.
  depends_on = [module.workload_identity, module.key_vault]
}
