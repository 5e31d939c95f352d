provider "azurerm" {
  subscription_id                 = var.subscription_id
  resource_provider_registrations = "none"

  features {}
}

provider "azuread" {
  tenant_id = var.aks.tenant_id
}

data "azurerm_kubernetes_cluster" "this" {
  name                = var.aks.cluster_name
  resource_group_name = var.aks.resource_group_name
}

# The cluster knows no passwords or certificates of people: kubelogin shows it who runs this.
locals {
  cluster = {
    host                   = data.azurerm_kubernetes_cluster.this.kube_config[0].host
    cluster_ca_certificate = base64decode(data.azurerm_kubernetes_cluster.this.kube_config[0].cluster_ca_certificate)

    exec = {
      api_version = "client.authentication.k8s.io/v1"
      command     = "kubelogin"
      # The server id is that of every AKS cluster: https://azure.github.io/kubelogin/concepts/aks.html
      args = ["get-token", "--login", var.kubelogin_method, "--server-id", "6dae42f8-4368-4678-94ff-3960e28e3630"]
    }
  }
}

provider "kubernetes" {
  host                   = local.cluster.host
  cluster_ca_certificate = local.cluster.cluster_ca_certificate
  ignore_annotations     = ["^argocd\\.argoproj\\.io/"] # Argo CD marks the namespaces of idp as its own

  exec {
    api_version = local.cluster.exec.api_version
    command     = local.cluster.exec.command
    args        = local.cluster.exec.args
  }
}

provider "helm" {
  kubernetes = local.cluster
}
