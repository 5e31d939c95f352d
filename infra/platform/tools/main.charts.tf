# Every chart, pinned. The table for people is infra/versions.md; a test compares the two.

locals {
  argo_helm = "https://argoproj.github.io/argo-helm"

  charts = {
    argo-cd          = { repository = local.argo_helm, name = "argo-cd", version = "10.1.1" }
    argo-events      = { repository = local.argo_helm, name = "argo-events", version = "2.4.22" }
    argo-rollouts    = { repository = local.argo_helm, name = "argo-rollouts", version = "2.41.0" }
    argo-workflows   = { repository = local.argo_helm, name = "argo-workflows", version = "1.0.18" }
    cert-manager     = { repository = "oci://quay.io/jetstack/charts", name = "cert-manager", version = "v1.21.1" }
    external-dns     = { repository = "https://kubernetes-sigs.github.io/external-dns", name = "external-dns", version = "1.21.1" }
    external-secrets = { repository = "https://charts.external-secrets.io", name = "external-secrets", version = "2.9.0" }
    nginx-ingress    = { repository = "oci://ghcr.io/nginx/charts", name = "nginx-ingress", version = "2.6.4" }
    replicator       = { repository = "https://helm.mittwald.de", name = "kubernetes-replicator", version = "2.12.4" }

    # Ours.
    platform-config = { repository = null, name = "${path.module}/../../charts/platform-config", version = "0.1.0" }
    platform-idp    = { repository = null, name = "${path.module}/../../charts/platform-idp", version = "0.1.0" }
    platform-edge   = { repository = null, name = "${path.module}/../../charts/platform-edge", version = "0.1.0" }
  }

  values = { for name, chart in local.charts : name => file("${path.module}/../../values/${name}.yaml") if chart.repository != null }

  hosts = { for name in ["argoworkflows", "argocd", "argorollouts", "api"] : name => "${name}.${var.domain}" }
}
