# Namespaces and how strict each is. The labels say who gets the wildcard certificate, who may read the platform's vault, and
# whose pods may call idp's API. Those of idp are in its manifests too, with the same labels: charts need them before it comes.

locals {
  namespaces = {
    argo             = { security = "restricted", secrets = true, certificate = false, client = false }
    argo-events      = { security = "restricted", secrets = false, certificate = false, client = false }
    argo-rollouts    = { security = "restricted", secrets = true, certificate = false, client = false }
    argocd           = { security = "restricted", secrets = false, certificate = false, client = false }
    cert-manager     = { security = "restricted", secrets = false, certificate = false, client = false }
    edge             = { security = "baseline", secrets = false, certificate = true, client = true } # NGINX gains the right to bind port 80
    external-dns     = { security = "restricted", secrets = false, certificate = false, client = false }
    external-secrets = { security = "restricted", secrets = false, certificate = false, client = false }
    idp              = { security = "restricted", secrets = true, certificate = false, client = false }
    idp-events       = { security = "restricted", secrets = true, certificate = false, client = false }
    idp-runs         = { security = "restricted", secrets = false, certificate = false, client = false }
    replicator       = { security = "restricted", secrets = false, certificate = false, client = false }
  }
}

resource "kubernetes_namespace_v1" "this" {
  for_each = local.namespaces

  metadata {
    name = each.key

    labels = merge(
      {
        "app.kubernetes.io/managed-by"       = "terraform"
        "pod-security.kubernetes.io/enforce" = each.value.security
        "pod-security.kubernetes.io/audit"   = "restricted"
        "pod-security.kubernetes.io/warn"    = "restricted"
      },
      each.value.secrets ? { "idp.io/secrets" = "platform" } : {},
      each.value.certificate ? { "idp.io/wildcard-tls" = "true" } : {},
      each.value.client ? { "idp.io/client" = "true" } : {},
    )
  }
}
