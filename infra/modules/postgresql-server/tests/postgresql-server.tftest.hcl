# Each rule of each variable refuses what it is for; mock providers, so nothing is reached.

mock_provider "azurerm" {}

variables {
  resource_group_name        = "RG-test"
  location                   = "westeurope"
  tags                       = { root = "test" }
  name                       = "psql-test"
  tenant_id                  = "11111111-1111-1111-1111-111111111111"
  subnet_id                  = "/subnets/databases"
  private_dns_zone_id        = "/zones/postgresql"
  administrators             = { operators = "11111111-1111-1111-1111-111111111111" }
  databases                  = ["ledger"]
  log_analytics_workspace_id = "/workspaces/log"
}

run "a_size_is_a_sku_and_a_standby_can_be_left_out" {
  command = plan

  variables {
    size              = "large"
    high_availability = false
  }

  assert {
    condition     = azurerm_postgresql_flexible_server.this.sku_name == "GP_Standard_D8ds_v5"
    error_message = "large is 8 cores."
  }

  assert {
    condition     = length(azurerm_postgresql_flexible_server.this.high_availability) == 0
    error_message = "Without high availability there is no standby."
  }
}

run "a_size_between_is_a_sku_between" {
  command = plan

  variables {
    size = "medium"
  }

  assert {
    condition     = azurerm_postgresql_flexible_server.this.sku_name == "GP_Standard_D4ds_v5"
    error_message = "medium is 4 cores."
  }
}

run "a_name_with_capitals_is_refused" {
  command = plan

  variables {
    name = "Psql"
  }

  expect_failures = [var.name]
}

run "no_administrators_is_refused" {
  command = plan

  variables {
    administrators = {}
  }

  expect_failures = [var.administrators]
}

run "an_unknown_size_is_refused" {
  command = plan

  variables {
    size = "huge"
  }

  expect_failures = [var.size]
}
