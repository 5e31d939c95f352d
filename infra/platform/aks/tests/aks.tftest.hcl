# Each rule of each variable refuses what it is for; mock providers, so nothing is reached.

mock_provider "azurerm" {}

# random stays itself: mock providers know no ephemeral resources yet.

variables {
  subscription_id         = "00000000-0000-0000-0000-000000000000"
  catalog_subscription_id = "22222222-2222-2222-2222-222222222222"
  operators               = { operators = "11111111-1111-1111-1111-111111111111" }
  operator_addresses      = ["203.0.113.7"]
  alarm_receivers         = { operators = "operators@example.com" }
  names                   = { key_vault = "kv-test", container_registry = "crtest", application_registry = "crtestapps", postgresql_server = "psql-test" }
  applications = {
    builder_version = "0.1.0"
    chart           = { repository = "https://github.com/example/idp", revision = "v0.1.0" }
  }
  bootstrap = {
    resource_group_id    = "/rg"
    dns_zone_id          = "/zone"
    container_ids        = { state = "/s", plans = "/p", artifacts = "/a" }
    state_account_id     = "/st"
    storage_account_name = "sttest"
  }
  network = {
    subnet_ids           = { nodes = "/n", api-server = "/a", ingress = "/i", private-endpoints = "/p", databases = "/d", machines = "/m", builds = "/u" }
    private_dns_zone_ids = { blob = "/b", vault = "/v", registry = "/r", postgresql = "/p", mssql = "/q", redis = "/e" }
    pod_cidr             = "10.244.0.0/16"
  }
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

run "the_whole_internet_is_refused" {
  command = plan

  variables {
    operator_addresses = ["0.0.0.0/0"]
  }

  expect_failures = [var.operator_addresses]
}

run "no_operators_is_refused" {
  command = plan

  variables {
    operators = {}
  }

  expect_failures = [var.operators]
}

run "a_catalogue_by_name_is_refused" {
  command = plan

  variables {
    catalog_subscription_id = "catalog"
  }

  expect_failures = [var.catalog_subscription_id]
}

run "the_platforms_own_subscription_is_refused" {
  command = plan

  variables {
    catalog_subscription_id = "00000000-0000-0000-0000-000000000000"
  }

  expect_failures = [var.catalog_subscription_id]
}

run "a_budget_of_nothing_is_refused" {
  command = plan

  variables {
    monthly_budget = { dev = 0, staging = 1, prod = 1 }
  }

  expect_failures = [var.monthly_budget]
}

run "the_other_tag_of_the_platform_is_refused" {
  command = plan

  variables {
    tags = { managed-by = "me" }
  }

  expect_failures = [var.tags]
}

run "a_builder_without_a_version_is_refused" {
  command = plan

  variables {
    applications = {
      builder_version = "latest"
      chart           = { repository = "https://github.com/example/idp", revision = "v0.1.0" }
    }
  }

  expect_failures = [var.applications]
}

run "a_builder_by_its_whole_name_is_refused" {
  command = plan

  variables {
    applications = {
      builder_version = "example.com/idp-builder:0.1.0"
      chart           = { repository = "https://github.com/example/idp", revision = "v0.1.0" }
    }
  }

  expect_failures = [var.applications]
}

run "a_chart_without_tls_is_refused" {
  command = plan

  variables {
    applications = {
      builder_version = "0.1.0"
      chart           = { repository = "http://github.com/example/idp", revision = "v0.1.0" }
    }
  }

  expect_failures = [var.applications]
}

run "a_chart_without_a_repository_is_refused" {
  command = plan

  variables {
    applications = {
      builder_version = "0.1.0"
      chart           = { repository = "https://github.com", revision = "v0.1.0" }
    }
  }

  expect_failures = [var.applications]
}

run "a_chart_of_a_branch_is_refused" {
  command = plan

  variables {
    applications = {
      builder_version = "0.1.0"
      chart           = { repository = "https://github.com/example/idp", revision = "main" }
    }
  }

  expect_failures = [var.applications]
}

run "machines_of_a_tier_that_needs_a_quota_are_refused" {
  command = plan

  variables {
    applications = {
      builder_version = "0.1.0"
      chart           = { repository = "https://github.com/example/idp", revision = "v0.1.0" }
      builds          = { tier = "I6" }
    }
  }

  expect_failures = [var.applications]
}

run "no_machines_to_build_are_refused" {
  command = plan

  variables {
    applications = {
      builder_version = "0.1.0"
      chart           = { repository = "https://github.com/example/idp", revision = "v0.1.0" }
      builds          = { instances = 0 }
    }
  }

  expect_failures = [var.applications]
}

run "a_part_of_a_machine_is_refused" {
  command = plan

  variables {
    applications = {
      builder_version = "0.1.0"
      chart           = { repository = "https://github.com/example/idp", revision = "v0.1.0" }
      builds          = { instances = 1.5 }
    }
  }

  expect_failures = [var.applications]
}

run "a_registry_for_both_is_refused" {
  command = plan

  variables {
    names = { key_vault = "kv-test", container_registry = "crtest", application_registry = "crtest", postgresql_server = "psql-test" }
  }

  expect_failures = [var.names]
}

run "a_build_has_one_machine_of_four_cores_when_nothing_is_said" {
  command = plan

  assert {
    condition     = azurerm_container_registry_agent_pool.builds.tier == "S2" && azurerm_container_registry_agent_pool.builds.instance_count == 1
    error_message = "Without a word there must be one machine of the tier S2."
  }
}

run "small_machines_may_build" {
  command = plan

  variables {
    applications = {
      builder_version = "0.1.0"
      chart           = { repository = "https://github.com/example/idp", revision = "0123456789abcdef0123456789abcdef01234567" }
      builds          = { tier = "S1", instances = 3 }
    }
  }

  assert {
    condition     = azurerm_container_registry_agent_pool.builds.tier == "S1" && azurerm_container_registry_agent_pool.builds.instance_count == 3
    error_message = "Images must be built on the machines that were asked for."
  }
}

run "large_machines_may_build" {
  command = plan

  variables {
    applications = {
      builder_version = "0.1.0"
      chart           = { repository = "https://github.com/example/idp", revision = "v0.1.0" }
      builds          = { tier = "S3" }
    }
  }

  assert {
    condition     = azurerm_container_registry_agent_pool.builds.tier == "S3" && azurerm_container_registry_agent_pool.builds.instance_count == 1
    error_message = "Images must be built on the machines that were asked for."
  }
}
