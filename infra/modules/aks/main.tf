# A cluster whose control plane, kubelets and workloads each have an identity of their own, entered through Entra only.

resource "azurerm_kubernetes_cluster" "this" {
  name                = var.name
  resource_group_name = var.resource_group_name
  location            = var.location
  node_resource_group = var.node_resource_group_name
  dns_prefix          = var.name
  kubernetes_version  = var.kubernetes_version
  sku_tier            = "Standard"
  support_plan        = "KubernetesOfficial"

  # Who may enter.
  local_account_disabled            = true
  role_based_access_control_enabled = true
  run_command_enabled               = false
  oidc_issuer_enabled               = true
  workload_identity_enabled         = true
  azure_policy_enabled              = true

  azure_active_directory_role_based_access_control {
    tenant_id          = var.tenant_id
    azure_rbac_enabled = true
  }

  identity {
    type         = "UserAssigned"
    identity_ids = [module.control_plane.id]
  }

  kubelet_identity {
    user_assigned_identity_id = module.kubelet.id
    client_id                 = module.kubelet.client_id
    object_id                 = module.kubelet.principal_id
  }

  # From where.
  private_cluster_enabled             = var.private_cluster
  private_cluster_public_fqdn_enabled = false
  private_dns_zone_id                 = var.private_cluster ? "System" : null

  api_server_access_profile {
    virtual_network_integration_enabled = true
    subnet_id                           = var.subnet_ids.api-server
    authorized_ip_ranges                = var.private_cluster ? null : var.operator_addresses
  }

  network_profile {
    network_plugin      = "azure"
    network_plugin_mode = "overlay"
    network_data_plane  = "cilium"
    network_policy      = "cilium"
    outbound_type       = "userAssignedNATGateway"
    load_balancer_sku   = "standard"
    pod_cidr            = var.pod_cidr
    service_cidr        = var.service_cidr
    dns_service_ip      = cidrhost(var.service_cidr, 10)

    advanced_networking {
      observability_enabled = true
      security_enabled      = true
    }
  }

  default_node_pool {
    name                         = "system"
    vm_size                      = var.system_pool.vm_size
    os_sku                       = "AzureLinux3"
    os_disk_type                 = "Ephemeral"
    zones                        = var.zones
    vnet_subnet_id               = var.subnet_ids.nodes
    only_critical_addons_enabled = true
    auto_scaling_enabled         = true
    min_count                    = var.system_pool.min_count
    max_count                    = var.system_pool.max_count
    max_pods                     = 110
    host_encryption_enabled      = true
    node_public_ip_enabled       = false
    temporary_name_for_rotation  = "systemtmp"
    tags                         = var.tags

    upgrade_settings {
      max_surge                     = "33%"
      drain_timeout_in_minutes      = 30
      node_soak_duration_in_minutes = 5
    }
  }

  # Karpenter would choose machines by itself; sizes are a decision of the platform here.
  node_provisioning_profile {
    mode = "Manual"
  }

  auto_scaler_profile {
    balance_similar_node_groups   = true
    expander                      = "least-waste"
    skip_nodes_with_local_storage = false
    skip_nodes_with_system_pods   = true
  }

  storage_profile {
    disk_driver_enabled         = true
    file_driver_enabled         = true
    snapshot_controller_enabled = true
  }

  # Patches on Sunday, images of nodes on Saturday, in the small hours and never both at once.
  automatic_upgrade_channel = "patch"
  node_os_upgrade_channel   = "NodeImage"

  maintenance_window_auto_upgrade {
    frequency   = "Weekly"
    interval    = 1
    day_of_week = "Sunday"
    start_time  = "01:00"
    utc_offset  = "+00:00"
    duration    = 6
  }

  maintenance_window_node_os {
    frequency   = "Weekly"
    interval    = 1
    day_of_week = "Saturday"
    start_time  = "01:00"
    utc_offset  = "+00:00"
    duration    = 6
  }

  image_cleaner_enabled        = true
  image_cleaner_interval_hours = 48
  cost_analysis_enabled        = true

  monitor_metrics {}

  oms_agent {
    log_analytics_workspace_id      = var.log_analytics_workspace_id
    msi_auth_for_monitoring_enabled = true
  }

  microsoft_defender {
    log_analytics_workspace_id = var.log_analytics_workspace_id
  }

  tags = var.tags

  lifecycle {
    # The autoscaler's business.
    ignore_changes = [default_node_pool[0].node_count]
  }

  # Without its rights the control plane cannot join the subnets.
  depends_on = [module.control_plane]
}

resource "azurerm_kubernetes_cluster_node_pool" "this" {
  for_each = var.user_pools

  name                        = each.key
  kubernetes_cluster_id       = azurerm_kubernetes_cluster.this.id
  mode                        = "User"
  vm_size                     = each.value.vm_size
  os_sku                      = "AzureLinux3"
  os_disk_type                = "Ephemeral"
  zones                       = var.zones
  vnet_subnet_id              = var.subnet_ids.nodes
  auto_scaling_enabled        = true
  min_count                   = each.value.min_count
  max_count                   = each.value.max_count
  max_pods                    = 110
  host_encryption_enabled     = true
  node_public_ip_enabled      = false
  node_labels                 = each.value.labels
  node_taints                 = each.value.taints
  temporary_name_for_rotation = "${substr(each.key, 0, 9)}tmp"
  tags                        = var.tags

  upgrade_settings {
    max_surge                     = "33%"
    drain_timeout_in_minutes      = 30
    node_soak_duration_in_minutes = 5
  }

  lifecycle {
    ignore_changes = [node_count]
  }
}
