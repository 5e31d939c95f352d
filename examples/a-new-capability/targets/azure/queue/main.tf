module "queue" {
  source = "../../../catalog/queue"

  domain         = var.domain
  capability     = var.capability
  owner          = var.owner
  team           = var.team
  name           = var.name
  stage          = var.stage
  retention_days = var.retention_days
}

resource "azurerm_resource_group" "this" {
  name     = module.queue.resource_group
  location = var.azure.location
  tags     = module.queue.tags
}

# Closed, but for private endpoints: those need a private DNS zone for Service Bus in platform/network first.
resource "azurerm_servicebus_namespace" "this" {
  name                          = module.queue.namespace
  resource_group_name           = azurerm_resource_group.this.name
  location                      = azurerm_resource_group.this.location
  sku                           = "Premium"
  capacity                      = 1
  premium_messaging_partitions  = 1
  local_auth_enabled            = false
  minimum_tls_version           = "1.2"
  public_network_access_enabled = false
  tags                          = module.queue.tags
}

resource "azurerm_servicebus_queue" "this" {
  name                = module.queue.queue
  namespace_id        = azurerm_servicebus_namespace.this.id
  default_message_ttl = "P${module.queue.settings.retention_days}D"
}
