# Each rule of each variable refuses what it is for; mock providers, so nothing is reached.

mock_provider "azurerm" {}

variables {
  domain              = "packetdance.com"
  resource_group_name = "RG-test"
  tags                = { root = "test" }
}

run "only_the_named_authority_issues" {
  command = plan

  variables {
    certificate_authority = "example.net"
  }

  assert {
    condition     = alltrue([for record in azurerm_dns_caa_record.this.record : record.value == "example.net"])
    error_message = "Plain and wildcard certificates have the same authority."
  }
}

run "a_dot_at_the_end_is_refused" {
  command = plan

  variables {
    domain = "packetdance.com."
  }

  expect_failures = [var.domain]
}
