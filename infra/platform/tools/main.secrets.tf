# Secrets of the vault -> namespaces that may have them.

module "external_secrets" {
  source = "../../modules/release"

  name      = "external-secrets"
  namespace = kubernetes_namespace_v1.this["external-secrets"].metadata[0].name
  chart     = local.charts["external-secrets"]
  values    = [local.values["external-secrets"]]
}
