# Certificates, names, and the door.

module "cert_manager" {
  source = "../../modules/release"

  name      = "cert-manager"
  namespace = kubernetes_namespace_v1.this["cert-manager"].metadata[0].name
  chart     = local.charts["cert-manager"]
  values = [local.values["cert-manager"], yamlencode({
    serviceAccount = { annotations = { "azure.workload.identity/client-id" = var.aks.client_ids["cert-manager"] } }
  })]
}

module "replicator" {
  source = "../../modules/release"

  name      = "kubernetes-replicator"
  namespace = kubernetes_namespace_v1.this["replicator"].metadata[0].name
  chart     = local.charts["replicator"]
  values    = [local.values["replicator"]]
}

module "external_dns" {
  source = "../../modules/release"

  name      = "external-dns"
  namespace = kubernetes_namespace_v1.this["external-dns"].metadata[0].name
  chart     = local.charts["external-dns"]
  values = [local.values["external-dns"], yamlencode({
    domainFilters  = [var.domain]
    txtOwnerId     = var.aks.cluster_name
    serviceAccount = { annotations = { "azure.workload.identity/client-id" = var.aks.client_ids["external-dns"] } }
    # Names of things, no secret: platform-config writes it, because the chart would need it as one.
    extraVolumes      = [{ name = "azure", configMap = { name = "external-dns-azure" } }]
    extraVolumeMounts = [{ name = "azure", mountPath = "/etc/kubernetes", readOnly = true }]
  })]

  depends_on = [module.platform_config]
}

module "nginx_ingress" {
  source = "../../modules/release"

  name      = "nginx-ingress"
  namespace = kubernetes_namespace_v1.this["edge"].metadata[0].name
  chart     = local.charts["nginx-ingress"]
  values = [local.values["nginx-ingress"], yamlencode({
    controller = {
      replicaCount = var.edge.replicas
      service = {
        # Azure refuses everyone else before NGINX sees them.
        loadBalancerSourceRanges = var.edge.exposure == "public" ? sort(var.network.edge_source_ranges) : []
        annotations = var.edge.exposure == "public" ? {} : {
          "service.beta.kubernetes.io/azure-load-balancer-internal"        = "true"
          "service.beta.kubernetes.io/azure-load-balancer-internal-subnet" = "snet-ingress"
        }
      }
    }
  })]

  # It starts once the replicated certificate is there; the first one takes some minutes.
  timeout_seconds = 1200
  depends_on      = [module.platform_config, module.replicator]
}
