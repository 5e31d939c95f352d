# Two identities of the cluster's own. Pods use neither: theirs are made one a component, by the root.

module "control_plane" {
  source = "../identity"

  name                = "id-${var.name}-control-plane"
  resource_group_name = var.resource_group_name
  location            = var.location
  tags                = var.tags

  # Only the subnets it works in, and only the right to hand the kubelets' identity to nodes.
  roles = merge(
    { for name, id in var.subnet_ids : "joins-${name}" => { role = "Network Contributor", scope = id } },
    { hands-over-kubelet = { role = "Managed Identity Operator", scope = module.kubelet.id } },
  )
}

module "kubelet" {
  source = "../identity"

  name                = "id-${var.name}-kubelet"
  resource_group_name = var.resource_group_name
  location            = var.location
  tags                = var.tags
}

resource "azurerm_role_assignment" "administrators" {
  for_each = var.administrators

  scope                = azurerm_kubernetes_cluster.this.id
  role_definition_name = "Azure Kubernetes Service RBAC Cluster Admin"
  principal_id         = each.value
  principal_type       = "Group"
  description          = "Administers the cluster: ${each.key}."
}
