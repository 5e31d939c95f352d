# Each rule of each variable refuses what it is for.

variables {
  service = "postgresql"
  size    = "small"
}

run "a_size_is_a_sku_with_a_price" {
  command = plan

  assert {
    condition     = output.sku == "B_Standard_B1ms" && output.price_class == "low"
    error_message = "The smallest server is the cheapest."
  }
}

run "an_unknown_service_is_refused" {
  command = plan

  variables {
    service = "mainframe"
  }

  expect_failures = [var.service]
}

run "an_unknown_size_is_refused" {
  command = plan

  variables {
    size = "huge"
  }

  expect_failures = [var.size]
}
