output "egress_address" {
  description = "The public address from which the platform reaches the internet: what partners' firewalls must let in."
  value       = module.network.egress_address
}

output "for_aks" {
  description = "What the root aks needs to know: its variable `network`, as JSON."
  value = {
    network = {
      subnet_ids           = module.network.subnet_ids
      private_dns_zone_ids = module.network.private_dns_zone_ids
      pod_cidr             = module.network.pod_cidr
    }
  }
}

output "for_tools" {
  description = "What the root tools needs to know: its variable `network`, as JSON."
  value = {
    network = {
      edge_source_ranges = var.edge_source_ranges
    }
  }
}
