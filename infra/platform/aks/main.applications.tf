# Where applications' images are built and kept. The platform's own registry is another one: whoever may build in a registry may
# write every image of it.

module "application_registry" {
  source = "../../modules/container-registry"

  name                       = var.names.application_registry
  resource_group_name        = azurerm_resource_group.aks.name
  location                   = azurerm_resource_group.aks.location
  pullers                    = { kubelet = module.aks.kubelet_principal_id }
  pushers                    = var.operators
  operator_addresses         = var.operator_addresses
  log_analytics_workspace_id = module.observability.log_analytics_workspace_id
  tags                       = local.tags

  # Beside the machines that build, as they reach no other private endpoint.
  private_endpoint = {
    subnet_id           = var.network.subnet_ids["builds"]
    private_dns_zone_id = var.network.private_dns_zone_ids["registry"]
  }
}

# The machines that Azure shares out are outside of the network, and the registry lets nobody in from there.
resource "azurerm_container_registry_agent_pool" "builds" {
  name                      = "builds"
  container_registry_name   = module.application_registry.name
  resource_group_name       = azurerm_resource_group.aks.name
  location                  = azurerm_resource_group.aks.location
  tier                      = var.applications.builds.tier
  instance_count            = var.applications.builds.instances
  virtual_network_subnet_id = var.network.subnet_ids["builds"]
  tags                      = local.tags
}

# What runs must know to deliver applications: the member `delivery` of IDP_TARGET_SETTINGS.
locals {
  delivery = {
    registry = {
      kind            = "azure"
      name            = module.application_registry.login_server
      subscription_id = var.subscription_id
      resource_group  = azurerm_resource_group.aks.name
      agent_pool      = azurerm_container_registry_agent_pool.builds.name
    }
    builder = "${module.application_registry.login_server}/idp-builder:${var.applications.builder_version}"
    chart   = var.applications.chart
  }
}
