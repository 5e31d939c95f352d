output "name_servers" {
  description = "What the domain's registrar must be told."
  value       = module.dns_zone.name_servers
}

output "backend" {
  description = "What platform/backend.hcl holds."
  value = {
    subscription_id      = var.subscription_id
    resource_group_name  = azurerm_resource_group.core.name
    storage_account_name = module.state_account.name
    container_name       = "state"
    use_azuread_auth     = true
  }
}

output "for_network" {
  description = "What the root network needs to know: its variable `bootstrap`, as JSON."
  value = {
    bootstrap = {
      state_account_id = module.state_account.id
    }
  }
}

output "for_aks" {
  description = "What the root aks needs to know: its variable `bootstrap`, as JSON."
  value = {
    bootstrap = {
      resource_group_id    = azurerm_resource_group.core.id
      dns_zone_id          = module.dns_zone.id
      container_ids        = module.state_account.containers
      state_account_id     = module.state_account.id
      storage_account_name = module.state_account.name
    }
  }
}
