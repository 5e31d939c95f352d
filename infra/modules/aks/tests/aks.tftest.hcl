# Each rule of each variable refuses what it is for; mock providers, so nothing is reached.

mock_provider "azurerm" {}

variables {
  resource_group_name        = "RG-test"
  location                   = "westeurope"
  tags                       = { root = "test" }
  name                       = "aks-test"
  node_resource_group_name   = "RG-test-nodes"
  tenant_id                  = "11111111-1111-1111-1111-111111111111"
  administrators             = { operators = "11111111-1111-1111-1111-111111111111" }
  operator_addresses         = ["203.0.113.7"]
  pod_cidr                   = "10.244.0.0/16"
  log_analytics_workspace_id = "/workspaces/log"
  collection_rule_ids        = { metrics = "/rules/metrics" }
  subnet_ids                 = { nodes = "/subnets/nodes", api-server = "/subnets/api-server", ingress = "/subnets/ingress" }
}

run "a_private_cluster_has_no_public_address" {
  command = plan

  variables {
    private_cluster    = true
    operator_addresses = []
  }

  assert {
    condition     = azurerm_kubernetes_cluster.this.private_cluster_enabled && azurerm_kubernetes_cluster.this.private_dns_zone_id == "System"
    error_message = "Its name must answer inside the network alone."
  }

  assert {
    condition     = azurerm_kubernetes_cluster.this.api_server_access_profile[0].authorized_ip_ranges == null
    error_message = "A private API server takes no public ranges."
  }
}

run "a_pool_is_what_it_was_asked_to_be" {
  command = plan

  variables {
    user_pools = { gpu = { vm_size = "Standard_NC4as_T4_v3", labels = { work = "gpu" }, taints = ["work=gpu:NoSchedule"] } }
  }

  assert {
    condition     = azurerm_kubernetes_cluster_node_pool.this["gpu"].vm_size == "Standard_NC4as_T4_v3" && azurerm_kubernetes_cluster_node_pool.this["gpu"].node_taints == tolist(["work=gpu:NoSchedule"]) && azurerm_kubernetes_cluster_node_pool.this["gpu"].node_labels["work"] == "gpu"
    error_message = "Size, labels and taints are the pool's own."
  }
}

run "the_version_before_is_taken" {
  command = plan

  variables {
    kubernetes_version = "1.35"
  }
}

run "the_version_after_is_taken" {
  command = plan

  variables {
    kubernetes_version = "1.37"
  }
}

run "an_unsupported_kubernetes_is_refused" {
  command = plan

  variables {
    kubernetes_version = "1.34"
  }

  expect_failures = [var.kubernetes_version]
}

run "no_administrators_is_refused" {
  command = plan

  variables {
    administrators = {}
  }

  expect_failures = [var.administrators]
}

run "services_over_pods_are_refused" {
  command = plan

  variables {
    service_cidr = "10.244.0.0/16"
  }

  expect_failures = [var.service_cidr]
}

run "a_public_api_server_for_everyone_is_refused" {
  command = plan

  variables {
    operator_addresses = []
  }

  expect_failures = [var.operator_addresses]
}

run "the_whole_internet_is_refused" {
  command = plan

  variables {
    operator_addresses = ["0.0.0.0/0"]
  }

  expect_failures = [var.operator_addresses]
}

run "one_zone_is_refused" {
  command = plan

  variables {
    zones = ["1"]
  }

  expect_failures = [var.zones]
}

run "a_system_pool_that_cannot_grow_is_refused" {
  command = plan

  variables {
    system_pool = { min_count = 3, max_count = 3 }
  }

  expect_failures = [var.system_pool]
}

run "a_pool_with_a_hyphen_is_refused" {
  command = plan

  variables {
    user_pools = { "gpu-work" = {} }
  }

  expect_failures = [var.user_pools]
}
