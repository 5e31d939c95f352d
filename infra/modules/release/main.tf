# A chart, installed wholly or not at all.

resource "helm_release" "this" {
  name       = var.name
  namespace  = var.namespace
  repository = var.chart.repository
  chart      = var.chart.name
  version    = var.chart.version
  values     = var.values

  atomic           = true # a failed upgrade goes back
  cleanup_on_fail  = true
  wait             = true
  wait_for_jobs    = true
  create_namespace = false # namespaces carry labels that matter: the root makes them
  max_history      = 5
  timeout          = var.timeout_seconds
}
