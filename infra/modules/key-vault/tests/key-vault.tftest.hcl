# Each rule of each variable refuses what it is for; mock providers, so nothing is reached.

mock_provider "azurerm" {}

variables {
  resource_group_name = "RG-test"
  location            = "westeurope"
  tags                = { root = "test" }
  name                = "kv-test"
  tenant_id           = "11111111-1111-1111-1111-111111111111"
  officers            = { operators = "11111111-1111-1111-1111-111111111111" }
  private_endpoint = {
    subnet_id           = "/subnets/private-endpoints"
    private_dns_zone_id = "/zones/vault"
  }
  log_analytics_workspace_id = "/workspaces/log"
}

run "without_operators_addresses_it_is_private" {
  command = plan

  assert {
    condition     = azurerm_key_vault.this.public_network_access_enabled == false
    error_message = "A vault that no address may reach must not be public."
  }
}

run "a_long_name_is_refused" {
  command = plan

  variables {
    name = "kv-a-name-that-is-far-too-long"
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

run "software_reads_and_only_groups_write" {
  command = apply

  variables {
    readers = { workloads = "22222222-2222-2222-2222-222222222222" }
  }

  assert {
    condition     = azurerm_role_assignment.readers["workloads"].role_definition_name == "Key Vault Secrets User" && azurerm_role_assignment.readers["workloads"].principal_type == "ServicePrincipal"
    error_message = "Software must not be able to write secrets."
  }

  assert {
    condition     = azurerm_role_assignment.officers["operators"].principal_type == "Group"
    error_message = "Who writes secrets must be a group."
  }
}
