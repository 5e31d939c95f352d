output "log_analytics_workspace_id" {
  description = "Where logs go."
  value       = azurerm_log_analytics_workspace.this.id
}

output "collection_rule_ids" {
  description = "What a cluster is associated with: metrics, logs."
  value = {
    metrics = azurerm_monitor_data_collection_rule.metrics.id
    logs    = azurerm_monitor_data_collection_rule.logs.id
  }
}
