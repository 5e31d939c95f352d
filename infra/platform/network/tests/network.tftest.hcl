# Each rule of each variable refuses what it is for; mock providers, so nothing is reached.

mock_provider "azurerm" {}

variables {
  subscription_id = "00000000-0000-0000-0000-000000000000"
  bootstrap       = { state_account_id = "/accounts/state" }
}

run "a_subscription_by_name_is_refused" {
  command = plan

  variables {
    subscription_id = "production"
  }

  expect_failures = [var.subscription_id]
}

run "the_platforms_own_tags_are_refused" {
  command = plan

  variables {
    tags = { root = "mine" }
  }

  expect_failures = [var.tags]
}

run "the_other_tag_of_the_platform_is_refused" {
  command = plan

  variables {
    tags = { managed-by = "me" }
  }

  expect_failures = [var.tags]
}
