module "vault" {
  source = "../../../catalog/vault"

  domain      = var.domain
  capability  = var.capability
  owner       = var.owner
  team        = var.team
  name        = var.name
  stage       = var.stage
  environment = var.environment
  secrets     = var.secrets
}

data "azurerm_user_assigned_identity" "environment" {
  name                = module.vault.workload_identity
  resource_group_name = module.vault.resource_group
}

module "key_vault" {
  source = "../../../modules/key-vault"

  name                       = module.vault.key_vault
  resource_group_name        = module.vault.resource_group
  location                   = var.azure.location
  tenant_id                  = var.azure.tenant_id
  officers                   = {}
  readers                    = { workloads = data.azurerm_user_assigned_identity.environment.principal_id }
  log_analytics_workspace_id = var.azure.log_analytics_workspace_id
  tags                       = module.vault.tags

  private_endpoint = {
    subnet_id           = var.azure.private_endpoints_subnet_id
    private_dns_zone_id = var.azure.private_dns_zone_ids.vault
  }
}

resource "azurerm_management_lock" "this" {
  count = var.stage == "prod" ? 1 : 0

  name       = "vault-stays"
  scope      = module.key_vault.id
  lock_level = "CanNotDelete"
  notes      = "Production: deprovision the vault by a request."

  # The last to come is the first to go: a lock holds what is inside the vault too.
  depends_on = [module.key_vault]
}
