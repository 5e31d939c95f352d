# Each rule of each variable refuses what it is for; mock providers, so nothing is reached.

mock_provider "helm" {}

variables {
  name      = "tool"
  namespace = "tool"
  chart     = { repository = "https://example.com", name = "tool", version = "1.2.3" }
}

run "it_waits_as_long_as_it_was_told" {
  command = plan

  variables {
    timeout_seconds = 1200
  }

  assert {
    condition     = helm_release.this.timeout == 1200 && helm_release.this.version == "1.2.3"
    error_message = "Timeout and version are as given."
  }
}

run "a_version_range_is_refused" {
  command = plan

  variables {
    chart = { repository = "https://example.com", name = "tool", version = "~1.2" }
  }

  expect_failures = [var.chart]
}

run "a_repository_in_clear_text_is_refused" {
  command = plan

  variables {
    chart = { repository = "http://example.com", name = "tool", version = "1.2.3" }
  }

  expect_failures = [var.chart]
}
