# Each rule of each variable refuses what it is for; mock providers, so nothing is reached.

mock_provider "azurerm" {}

variables {
  resource_group_name = "RG-test"
  location            = "westeurope"
  tags                = { root = "test" }
  name                = "crtest"
  pullers             = { kubelet = "11111111-1111-1111-1111-111111111111" }
  pushers             = { operators = "11111111-1111-1111-1111-111111111111" }
  private_endpoint = {
    subnet_id           = "/subnets/private-endpoints"
    private_dns_zone_id = "/zones/registry"
  }
  log_analytics_workspace_id = "/workspaces/log"
}

run "without_operators_addresses_it_is_private" {
  command = plan

  assert {
    condition     = azurerm_container_registry.this.public_network_access_enabled == false && length(azurerm_container_registry.this.network_rule_set[0].ip_rule) == 0
    error_message = "A registry that no address may reach must not be public."
  }
}

run "a_name_with_hyphens_is_refused" {
  command = plan

  variables {
    name = "cr-test"
  }

  expect_failures = [var.name]
}

run "the_whole_internet_is_refused" {
  command = plan

  variables {
    operator_addresses = ["0.0.0.0/0"]
  }

  expect_failures = [var.operator_addresses]
}
