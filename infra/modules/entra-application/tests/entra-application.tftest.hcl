# Each rule of each variable refuses what it is for; mock providers, so nothing is reached.

mock_provider "azuread" {}

mock_provider "random" {}

variables {
  name          = "test"
  owners        = ["11111111-1111-1111-1111-111111111111"]
  redirect_uris = ["https://tool.example.com/callback"]
  members       = { operators = { group = "11111111-1111-1111-1111-111111111111" } }
}

run "without_a_service_account_nothing_acts_as_it" {
  command = plan

  assert {
    condition     = length(azuread_application_federated_identity_credential.this) == 0
    error_message = "There is no credential that nobody asked for."
  }

  assert {
    condition     = azuread_app_role_assignment.members["operators"].app_role_id == "00000000-0000-0000-0000-000000000000"
    error_message = "Without roles, members have Entra's default one."
  }
}

run "a_command_line_gets_a_scope_and_needs_no_consent" {
  command = plan

  variables {
    command_lines = ["04b07795-8ddb-461a-bbee-02f9e1bf7b46"]
  }

  assert {
    condition     = one(azuread_application.this.api[0].oauth2_permission_scope[*].value) == "access" && length(azuread_application_pre_authorized.this) == 1
    error_message = "There is a scope to ask for, and the command line may ask for it."
  }
}

run "command_lines_share_one_scope" {
  command = plan

  variables {
    command_lines = ["04b07795-8ddb-461a-bbee-02f9e1bf7b46", "1950a258-227b-4e31-a9cf-717495945fc2"]
  }

  assert {
    condition     = length(azuread_application.this.api[0].oauth2_permission_scope) == 1 && length(azuread_application_pre_authorized.this) == 2
    error_message = "There is one scope, for which each command line may ask."
  }
}

run "a_command_line_by_name_is_refused" {
  command = plan

  variables {
    command_lines = ["azure-cli"]
  }

  expect_failures = [var.command_lines]
}

run "no_owner_is_refused" {
  command = plan

  variables {
    owners = []
  }

  expect_failures = [var.owners]
}

run "a_redirect_in_clear_text_is_refused" {
  command = plan

  variables {
    redirect_uris = ["http://tool.example.com/callback"]
  }

  expect_failures = [var.redirect_uris]
}

run "a_native_redirect_elsewhere_is_refused" {
  command = plan

  variables {
    native_redirect_uris = ["https://example.com"]
  }

  expect_failures = [var.native_redirect_uris]
}

run "a_role_that_does_not_exist_is_refused" {
  command = plan

  variables {
    members = { operators = { group = "11111111-1111-1111-1111-111111111111", role = "king" } }
  }

  expect_failures = [var.members]
}
