module "argo_workflows" {
  source = "../../modules/release"

  name      = "argo-workflows"
  namespace = kubernetes_namespace_v1.this["argo"].metadata[0].name
  chart     = local.charts["argo-workflows"]
  values = [local.values["argo-workflows"], yamlencode({
    controller = {
      workflowNamespaces = [kubernetes_namespace_v1.this["idp-runs"].metadata[0].name]
      serviceAccount     = { annotations = { "azure.workload.identity/client-id" = var.aks.client_ids["argo-workflows"] } }
      persistence = {
        archive    = true
        archiveTTL = "180d"
        postgresql = {
          host           = var.aks.postgresql_fqdn
          port           = 5432
          database       = "archive"
          tableName      = "argo_workflows"
          ssl            = true
          sslMode        = "require"
          userNameSecret = { name = "archive", key = "username" }
          # Asked for by both and not used: an Entra token takes its place.
          passwordSecret = { name = "archive", key = "password" }
          azureToken     = { enabled = true }
        }
      }
    }
    server = {
      serviceAccount = { annotations = { "azure.workload.identity/client-id" = var.aks.client_ids["argo-workflows"] } }
      sso = {
        issuer      = "https://login.microsoftonline.com/${var.aks.tenant_id}/v2.0"
        redirectUrl = "https://${local.hosts["argoworkflows"]}/oauth2/callback"
      }
    }
    artifactRepository = {
      azure = {
        endpoint  = "https://${var.aks.storage_account_name}.blob.core.windows.net"
        container = "plans"
      }
    }
  })]

  depends_on = [module.platform_config]
}

module "argo_events" {
  source = "../../modules/release"

  name      = "argo-events"
  namespace = kubernetes_namespace_v1.this["argo-events"].metadata[0].name
  chart     = local.charts["argo-events"]
  values    = [local.values["argo-events"]]
}

module "argo_rollouts" {
  source = "../../modules/release"

  name      = "argo-rollouts"
  namespace = kubernetes_namespace_v1.this["argo-rollouts"].metadata[0].name
  chart     = local.charts["argo-rollouts"]
  values    = [local.values["argo-rollouts"]]
}

module "argo_cd" {
  source = "../../modules/release"

  name      = "argocd"
  namespace = kubernetes_namespace_v1.this["argocd"].metadata[0].name
  chart     = local.charts["argo-cd"]
  values = [local.values["argo-cd"], yamlencode({
    global = { domain = local.hosts["argocd"] }
    server = {
      serviceAccount = {
        name        = "argocd-server"
        annotations = { "azure.workload.identity/client-id" = module.sign_in_argocd.client_id }
      }
    }
    configs = {
      cm = {
        url = "https://${local.hosts["argocd"]}"
        "oidc.config" = yamlencode({
          name            = "Entra"
          issuer          = "https://login.microsoftonline.com/${var.aks.tenant_id}/v2.0"
          clientID        = module.sign_in_argocd.client_id
          azure           = { useWorkloadIdentity = true }
          requestedScopes = ["openid", "profile", "email"]
        })
      }
      rbac = {
        "policy.csv" = join("\n", [
          "g, ${var.groups.operators}, role:admin",
          "g, ${var.groups.developers}, role:readonly",
        ])
      }
    }
  })]
}
