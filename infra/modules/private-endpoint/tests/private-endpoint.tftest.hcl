# Each rule of each variable refuses what it is for; mock providers, so nothing is reached.

mock_provider "azurerm" {}

variables {
  resource_group_name = "RG-test"
  location            = "westeurope"
  tags                = { root = "test" }
  name                = "pe-test"
  subnet_id           = "/subnets/private-endpoints"
  target_id           = "/accounts/test"
  subresource         = "blob"
  private_dns_zone_id = "/zones/blob"
}

run "it_is_named_in_the_zone_it_was_given" {
  command = plan

  assert {
    condition     = one(azurerm_private_endpoint.this.private_dns_zone_group[0].private_dns_zone_ids) == "/zones/blob"
    error_message = "A private endpoint without its name would be bypassed."
  }
}

run "another_subresource_is_refused" {
  command = plan

  variables {
    subresource = "queue"
  }

  expect_failures = [var.subresource]
}
