# Our own resources: local charts, installed after the operators whose custom resources they are.

module "platform_config" {
  source = "../../modules/release"

  name      = "platform-config"
  namespace = kubernetes_namespace_v1.this["cert-manager"].metadata[0].name
  chart     = local.charts["platform-config"]
  values = [yamlencode({
    domain   = var.domain
    tenantId = var.aks.tenant_id
    acme     = { email = var.acme.email, issuer = var.acme.issuer }
    dns = {
      subscriptionId = var.subscription_id
      resourceGroup  = "RG-core"
      clientId       = var.aks.client_ids["cert-manager"]
    }
    vault = {
      uri      = var.aks.key_vault_uri
      clientId = var.aks.client_ids["external-secrets"]
    }
    archive = { role = var.aks.archive_role }
    argoWorkflows = {
      clientId   = module.sign_in_argoworkflows.client_id
      operators  = var.groups.operators
      approvers  = var.groups.approvers
      developers = var.groups.developers
    }
  })]

  depends_on = [
    module.cert_manager,
    module.external_secrets,
    kubernetes_namespace_v1.this,
  ]
}

module "platform_edge" {
  source = "../../modules/release"

  name      = "platform-edge"
  namespace = kubernetes_namespace_v1.this["edge"].metadata[0].name
  chart     = local.charts["platform-edge"]
  values = [yamlencode({
    hosts    = { for name, host in local.hosts : name => host if name != "api" } # that one is in idp's own manifests
    tenantId = var.aks.tenant_id
    signIn   = { clientId = module.sign_in_argorollouts.client_id, group = var.groups.operators }
  })]

  # An Ingress before its controller would get no address, a policy before its pods no notice.
  depends_on = [
    module.argo_cd,
    module.argo_rollouts,
    module.argo_workflows,
    module.nginx_ingress,
  ]
}

module "platform_idp" {
  source = "../../modules/release"

  name      = "platform-idp"
  namespace = kubernetes_namespace_v1.this["argocd"].metadata[0].name
  chart     = local.charts["platform-idp"]
  values = [yamlencode({
    repository = var.idp.repository
    revision   = var.idp.revision
    tenantId   = var.aks.tenant_id
    audience   = module.sign_in_api.client_id
    runs = {
      stateBackend = { storage_account_name = var.aks.storage_account_name, container_name = "state" }
      told         = var.aks.for_runs
    }
    clientIds = { for account in ["api", "look", "apply", "configure"] : account => var.aks.client_ids[account] }
    ledgerUrl = "postgresql://${var.aks.ledger_role}@${var.aks.postgresql_fqdn}:5432/ledger?sslmode=verify-full"
  })]

  depends_on = [
    module.argo_cd,
    module.argo_events,
    module.argo_workflows,
  ]
}
