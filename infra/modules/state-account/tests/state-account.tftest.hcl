# Each rule of each variable refuses what it is for; mock providers, so nothing is reached.

mock_provider "azurerm" {}

variables {
  resource_group_name = "RG-test"
  location            = "westeurope"
  tags                = { root = "test" }
  name                = "sttest"
  operators           = { operators = "11111111-1111-1111-1111-111111111111" }
}

run "without_operators_addresses_it_is_private" {
  command = plan

  assert {
    condition     = azurerm_storage_account.this.public_network_access_enabled == false
    error_message = "An account that no address may reach must not be public."
  }

  assert {
    condition     = toset(keys(azurerm_storage_container.this)) == toset(["artifacts", "plans", "state"])
    error_message = "State, plans and artifacts each have a container."
  }
}

run "with_operators_addresses_only_they_reach_it" {
  command = plan

  variables {
    operator_addresses = ["203.0.113.7"]
  }

  assert {
    condition     = azurerm_storage_account.this.public_network_access_enabled && azurerm_storage_account.this.network_rules[0].default_action == "Deny"
    error_message = "All but the operators must be refused."
  }
}

run "a_name_with_capitals_is_refused" {
  command = plan

  variables {
    name = "stTest"
  }

  expect_failures = [var.name]
}

run "no_operators_is_refused" {
  command = plan

  variables {
    operators = {}
  }

  expect_failures = [var.operators]
}

run "the_whole_internet_is_refused" {
  command = plan

  variables {
    operator_addresses = ["0.0.0.0/0"]
  }

  expect_failures = [var.operator_addresses]
}

run "a_short_retention_is_refused" {
  command = plan

  variables {
    retention_days = 7
  }

  expect_failures = [var.retention_days]
}
