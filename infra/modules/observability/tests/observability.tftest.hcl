# Each rule of each variable refuses what it is for; mock providers, so nothing is reached.

mock_provider "azurerm" {}

variables {
  resource_group_name = "RG-test"
  location            = "westeurope"
  tags                = { root = "test" }
  name                = "test"
  alarm_receivers     = { operators = "operators@example.com" }
}

run "metrics_and_logs_go_where_they_are_kept" {
  command = apply

  assert {
    condition     = azurerm_monitor_data_collection_rule.metrics.destinations[0].monitor_account[0].monitor_account_id == azurerm_monitor_workspace.this.id
    error_message = "Metrics go to the managed Prometheus."
  }

  assert {
    condition     = azurerm_monitor_data_collection_rule.logs.destinations[0].log_analytics[0].workspace_resource_id == azurerm_log_analytics_workspace.this.id
    error_message = "Logs go to Log Analytics."
  }

  assert {
    condition     = azurerm_monitor_data_collection_rule.logs.data_flow[0].destinations == tolist(["logs"]) && azurerm_monitor_data_collection_rule.metrics.data_flow[0].destinations == tolist(["metrics"])
    error_message = "Each flow has its destination."
  }
}

run "a_short_retention_is_refused" {
  command = plan

  variables {
    retention_days = 7
  }

  expect_failures = [var.retention_days]
}

run "no_quota_is_refused" {
  command = plan

  variables {
    daily_quota_gb = 0
  }

  expect_failures = [var.daily_quota_gb]
}

run "nobody_to_tell_is_refused" {
  command = plan

  variables {
    alarm_receivers = {}
  }

  expect_failures = [var.alarm_receivers]
}
