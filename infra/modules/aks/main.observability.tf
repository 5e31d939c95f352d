resource "azurerm_monitor_data_collection_rule_association" "this" {
  for_each = var.collection_rule_ids

  name                    = "${var.name}-${each.key}"
  target_resource_id      = azurerm_kubernetes_cluster.this.id
  data_collection_rule_id = each.value
}

resource "azurerm_monitor_diagnostic_setting" "this" {
  name                       = "control-plane"
  target_resource_id         = azurerm_kubernetes_cluster.this.id
  log_analytics_workspace_id = var.log_analytics_workspace_id

  # kube-audit itself is ten times as much: reads are left out.
  enabled_log {
    category = "kube-audit-admin"
  }

  enabled_log {
    category = "guard"
  }

  enabled_log {
    category = "kube-apiserver"
  }

  enabled_log {
    category = "cluster-autoscaler"
  }
}
