# What may reach each subnet. All else is refused by the last rule of each, which stands before Azure's own that lets the
# whole network in. What leaves is left to Cilium policies, which know pods: an address here is a node's.

locals {
  range = { for name, subnet in local.subnets : name => subnet.range }

  # name -> order (also the priority), from, ports, protocol. Sources are ranges or service tags.
  inbound = {
    nodes = {
      cluster       = { order = 100, from = [local.range.nodes, var.pod_cidr], ports = ["*"], protocol = "*" } # nodes and pods among themselves
      control-plane = { order = 110, from = [local.range.api-server], ports = ["*"], protocol = "*" }          # kubelets, webhooks, aggregated APIs
      probes        = { order = 120, from = ["AzureLoadBalancer"], ports = ["*"], protocol = "*" }             # health of the load balancers
      edge          = { order = 130, from = concat([local.range.ingress], sort(var.edge_source_ranges)), ports = ["80", "443", "30000-32767"], protocol = "Tcp" }
    }
    api-server = {
      nodes  = { order = 100, from = [local.range.nodes, var.pod_cidr], ports = ["443", "4443"], protocol = "Tcp" } # the API and its tunnel
      probes = { order = 110, from = ["AzureLoadBalancer"], ports = ["9988"], protocol = "Tcp" }
    }
    ingress = {
      clients = { order = 100, from = concat([var.address_space], sort(var.edge_source_ranges)), ports = ["80", "443"], protocol = "Tcp" }
      probes  = { order = 110, from = ["AzureLoadBalancer"], ports = ["*"], protocol = "*" }
    }
    private-endpoints = {
      nodes    = { order = 100, from = [local.range.nodes], ports = ["443", "1433", "5432", "10000"], protocol = "Tcp" } # https, SQL Server, PostgreSQL, Redis
      machines = { order = 110, from = [local.range.machines], ports = ["443", "1433", "5432", "10000"], protocol = "Tcp" }
    }
    machines = {
      playbooks = { order = 100, from = [local.range.nodes], ports = ["22"], protocol = "Tcp" } # the runs' configure steps
    }
    # Builds run what a repository's Dockerfile says: of all private endpoints they reach the one that is in their own subnet.
    builds = {
      nodes  = { order = 100, from = [local.range.nodes], ports = ["443"], protocol = "Tcp" } # images are pulled
      builds = { order = 110, from = [local.range.builds], ports = ["443"], protocol = "Tcp" }
    }
    databases = {
      nodes    = { order = 100, from = [local.range.nodes], ports = ["5432", "6432"], protocol = "Tcp" }
      replicas = { order = 110, from = [local.range.databases], ports = ["5432"], protocol = "Tcp" } # the standby of a zone-redundant server
    }
  }

  rules = merge([
    for subnet, rules in local.inbound : {
      for name, rule in rules : "${subnet}/${name}" => merge(rule, { subnet = subnet, name = name })
    }
  ]...)
}

resource "azurerm_network_security_group" "this" {
  for_each = local.subnets

  name                = "nsg-${each.key}"
  resource_group_name = var.resource_group_name
  location            = var.location
  tags                = var.tags
}

resource "azurerm_network_security_rule" "allow" {
  for_each = local.rules

  name                        = "allow-${each.value.name}"
  resource_group_name         = var.resource_group_name
  network_security_group_name = azurerm_network_security_group.this[each.value.subnet].name
  direction                   = "Inbound"
  access                      = "Allow"
  priority                    = each.value.order
  protocol                    = each.value.protocol
  source_port_range           = "*"
  destination_address_prefix  = "*"

  # Azure takes a service tag only as the single prefix, ranges as a list; the same with ports.
  source_address_prefix   = length(each.value.from) == 1 ? one(each.value.from) : null
  source_address_prefixes = length(each.value.from) == 1 ? null : each.value.from
  destination_port_range  = length(each.value.ports) == 1 ? one(each.value.ports) : null
  destination_port_ranges = length(each.value.ports) == 1 ? null : each.value.ports
}

resource "azurerm_network_security_rule" "deny" {
  for_each = local.subnets

  name                        = "deny-all-else"
  resource_group_name         = var.resource_group_name
  network_security_group_name = azurerm_network_security_group.this[each.key].name
  direction                   = "Inbound"
  access                      = "Deny"
  priority                    = 4096
  protocol                    = "*"
  source_port_range           = "*"
  destination_port_range      = "*"
  source_address_prefix       = "*"
  destination_address_prefix  = "*"
}

resource "azurerm_subnet_network_security_group_association" "this" {
  for_each = local.subnets

  subnet_id                 = azurerm_subnet.this[each.key].id
  network_security_group_id = azurerm_network_security_group.this[each.key].id

  # A rule that comes late would leave the subnet shut, or open, for a while.
  depends_on = [azurerm_network_security_rule.allow, azurerm_network_security_rule.deny]
}
