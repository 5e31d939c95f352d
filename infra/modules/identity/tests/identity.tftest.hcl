# Each rule of each variable refuses what it is for; mock providers, so nothing is reached.

mock_provider "azurerm" {}

variables {
  resource_group_name = "RG-test"
  location            = "westeurope"
  tags                = { root = "test" }
  name                = "id-test"
  issuer              = "https://issuer"
  service_accounts    = ["team/app"]
}

run "service_accounts_without_an_issuer_are_refused" {
  command = plan

  variables {
    issuer = null
  }

  expect_failures = [var.issuer]
}

run "a_service_account_and_nobody_else_may_act_as_it" {
  command = apply

  assert {
    condition     = azurerm_federated_identity_credential.this["team/app"].subject == "system:serviceaccount:team:app"
    error_message = "The subject must be the one ServiceAccount."
  }

  assert {
    condition     = azurerm_federated_identity_credential.this["team/app"].user_assigned_identity_id == azurerm_user_assigned_identity.this.id
    error_message = "The credential must be the identity's own."
  }
}

run "a_condition_comes_with_its_version" {
  command = plan

  variables {
    roles = {
      bound = { role = "Contributor", scope = "/subscriptions/s", condition = "true" }
    }
  }

  assert {
    condition     = azurerm_role_assignment.this["bound"].condition_version == "2.0"
    error_message = "Azure takes a condition only with its version."
  }
}

run "a_wildcard_is_refused" {
  command = plan

  variables {
    service_accounts = ["team/*"]
  }

  expect_failures = [var.service_accounts]
}

run "more_credentials_than_azure_allows_is_refused" {
  command = plan

  variables {
    service_accounts = [for number in range(21) : "team/app-${number}"]
  }

  expect_failures = [var.service_accounts]
}

run "owner_is_refused" {
  command = plan

  variables {
    roles = { all = { role = "Owner", scope = "/subscriptions/s" } }
  }

  expect_failures = [var.roles]
}

run "who_may_grant_anything_is_refused" {
  command = plan

  variables {
    roles = { all = { role = "User Access Administrator", scope = "/subscriptions/s" } }
  }

  expect_failures = [var.roles]
}
