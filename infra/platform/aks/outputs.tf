output "registry" {
  description = "What the names of the platform's images start with."
  value       = module.container_registry.login_server
}

output "database_roles" {
  description = "Roles that the ledger's server must know, by the database they use: docs/guides/azure.md has the statements."
  value = {
    ledger  = module.identity["api"].name
    archive = module.identity["argo-workflows"].name
  }
}

output "for_tools" {
  description = "What the root tools needs to know: its variable `aks`, as JSON. No secret is in it."
  value = {
    aks = {
      cluster_name         = module.aks.name
      resource_group_name  = azurerm_resource_group.aks.name
      oidc_issuer_url      = module.aks.oidc_issuer_url
      tenant_id            = data.azurerm_client_config.this.tenant_id
      key_vault_uri        = module.key_vault.uri
      postgresql_fqdn      = module.ledger.fqdn
      storage_account_name = var.bootstrap.storage_account_name
      client_ids           = { for name, identity in module.identity : name => identity.client_id }
      archive_role         = module.identity["argo-workflows"].name
      ledger_role          = module.identity["api"].name
      for_runs             = local.for_runs
    }
  }
}

output "for_runs" {
  description = "What the steps of runs are told: IDP_TARGET_SETTINGS of the target azure, as JSON. No secret is in it."
  value       = local.for_runs
}
