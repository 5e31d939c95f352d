# Each rule of each variable refuses what it is for; mock providers, so nothing is reached.

mock_provider "azurerm" {}

variables {
  resource_group_name = "RG-test"
  location            = "westeurope"
  tags                = { root = "test" }
  name                = "vnet-test"
}

run "without_source_ranges_the_edge_is_the_networks_own" {
  command = plan

  assert {
    condition     = azurerm_network_security_rule.allow["ingress/clients"].source_address_prefix == "10.40.0.0/16"
    error_message = "Only the network itself may reach the edge."
  }

  assert {
    condition     = azurerm_network_security_rule.allow["nodes/edge"].source_address_prefix == "10.40.16.0/24"
    error_message = "Only the internal load balancers may reach the nodes' ports."
  }
}

run "another_range_moves_every_subnet" {
  command = plan

  variables {
    address_space = "10.99.0.0/16"
  }

  assert {
    condition     = alltrue([for subnet in azurerm_subnet.this : startswith(one(subnet.address_prefixes), "10.99.")])
    error_message = "Each subnet must lie in the network's range."
  }
}

run "a_small_network_is_refused" {
  command = plan

  variables {
    address_space = "10.40.0.0/20"
  }

  expect_failures = [var.address_space]
}

run "an_overlapping_pod_range_is_refused" {
  command = plan

  variables {
    pod_cidr = "10.40.0.0/16"
  }

  expect_failures = [var.pod_cidr]
}

run "an_edge_open_to_all_is_refused" {
  command = plan

  variables {
    edge_source_ranges = ["0.0.0.0/0"]
  }

  expect_failures = [var.edge_source_ranges]
}
