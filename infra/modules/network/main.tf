# One network, a subnet for each kind of thing in it. What may talk to what: main.rules.tf. Names inside: main.dns.tf.

locals {
  # The last number of cidrsubnet leaves room between the parts, so that each may grow without another moving.
  subnets = {
    nodes             = { range = cidrsubnet(var.address_space, 4, 0), delegate_to = null }                                            # 4,091 nodes; pods use the overlay
    ingress           = { range = cidrsubnet(var.address_space, 8, 16), delegate_to = null }                                           # internal load balancers
    private-endpoints = { range = cidrsubnet(var.address_space, 8, 17), delegate_to = null }                                           # vaults, accounts, registries
    databases         = { range = cidrsubnet(var.address_space, 8, 18), delegate_to = "Microsoft.DBforPostgreSQL/flexibleServers" }    # nothing else may live there
    machines          = { range = cidrsubnet(var.address_space, 8, 20), delegate_to = null }                                           # teams' virtual machines
    builds            = { range = cidrsubnet(var.address_space, 8, 21), delegate_to = null }                                           # where applications' images are built, and their registry
    api-server        = { range = cidrsubnet(var.address_space, 12, 304), delegate_to = "Microsoft.ContainerService/managedClusters" } # /28, the smallest that AKS takes
  }

  # Joining is all that a delegated service needs.
  join_action = "Microsoft.Network/virtualNetworks/subnets/join/action"
}

resource "azurerm_virtual_network" "this" {
  name                = var.name
  resource_group_name = var.resource_group_name
  location            = var.location
  address_space       = [var.address_space]
  tags                = var.tags
}

resource "azurerm_subnet" "this" {
  for_each = local.subnets

  name                 = "snet-${each.key}"
  resource_group_name  = var.resource_group_name
  virtual_network_name = azurerm_virtual_network.this.name
  address_prefixes     = [each.value.range]

  # Nothing leaves but through the NAT gateway.
  default_outbound_access_enabled = false
  # Private endpoints obey the rules of their subnet, which they do not by default.
  private_endpoint_network_policies = "NetworkSecurityGroupEnabled"

  dynamic "delegation" {
    for_each = each.value.delegate_to[*]

    content {
      name = "service"

      service_delegation {
        name    = delegation.value
        actions = [local.join_action]
      }
    }
  }
}

resource "azurerm_public_ip" "nat" {
  name                = "pip-${var.name}-nat"
  resource_group_name = var.resource_group_name
  location            = var.location
  allocation_method   = "Static"
  sku                 = "StandardV2" # what a NAT gateway of that SKU takes
  tags                = var.tags
}

# StandardV2 is redundant over the zones by itself; it takes no list of zones.
resource "azurerm_nat_gateway" "this" {
  name                    = "ng-${var.name}"
  resource_group_name     = var.resource_group_name
  location                = var.location
  sku_name                = "StandardV2"
  idle_timeout_in_minutes = 10
  tags                    = var.tags
}

resource "azurerm_nat_gateway_public_ip_association" "this" {
  nat_gateway_id       = azurerm_nat_gateway.this.id
  public_ip_address_id = azurerm_public_ip.nat.id
}

# Nodes, machines and builds alone have a reason to reach the internet.
resource "azurerm_subnet_nat_gateway_association" "this" {
  for_each = toset(["builds", "machines", "nodes"])

  subnet_id      = azurerm_subnet.this[each.key].id
  nat_gateway_id = azurerm_nat_gateway.this.id
}
