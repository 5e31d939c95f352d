variable "name" {
  description = "What the network is called; its parts are named after it."
  type        = string
  nullable    = false
}

variable "resource_group_name" {
  description = "The resource group it lives in."
  type        = string
  nullable    = false
}

variable "location" {
  description = "The Azure region."
  type        = string
  nullable    = false
}

variable "address_space" {
  description = "The network's IPv4 range: a /16, of which each subnet takes a part."
  type        = string
  default     = "10.40.0.0/16"
  nullable    = false

  validation {
    condition     = can(cidrhost(var.address_space, 0)) && endswith(var.address_space, "/16")
    error_message = "The address space must be an IPv4 range of size /16, such as 10.40.0.0/16."
  }
}

variable "pod_cidr" {
  description = "The range of the pods' overlay: outside the address space, not routed beyond the cluster."
  type        = string
  default     = "10.244.0.0/16"
  nullable    = false

  validation {
    condition     = can(cidrhost(var.pod_cidr, 0)) && split(".", var.pod_cidr)[1] != split(".", var.address_space)[1]
    error_message = "The pods' range must be an IPv4 range that does not overlap the address space."
  }
}

variable "edge_source_ranges" {
  description = "From where the platform's hosts may be reached, as IPv4 ranges; the network itself always may."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for range in var.edge_source_ranges : can(cidrhost(range, 0)) && !endswith(range, "/0")])
    error_message = "The edge's source ranges must be IPv4 ranges, and not the whole internet."
  }
}

variable "tags" {
  description = "Tags of every resource."
  type        = map(string)
  nullable    = false
}
