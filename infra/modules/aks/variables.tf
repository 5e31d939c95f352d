variable "name" {
  description = "The cluster's name."
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

variable "node_resource_group_name" {
  description = "The resource group that AKS makes for its nodes."
  type        = string
  nullable    = false
}

variable "kubernetes_version" {
  description = "Minor version; patches come by themselves."
  type        = string
  default     = "1.36"
  nullable    = false

  validation {
    condition     = contains(["1.35", "1.36", "1.37"], var.kubernetes_version)
    error_message = "The Kubernetes version must be one that AKS supports: 1.35, 1.36 or 1.37, without a patch."
  }
}

variable "tenant_id" {
  description = "The Entra tenant."
  type        = string
  nullable    = false
}

variable "administrators" {
  description = "Who administers the cluster: a name for people -> the object id of an Entra group."
  type        = map(string)
  nullable    = false

  validation {
    condition     = length(var.administrators) > 0
    error_message = "At least one administrators' group must be named: local accounts are off."
  }
}

variable "subnet_ids" {
  description = "Subnets for nodes, the API server and internal load balancers."
  type = object({
    nodes      = string
    api-server = string
    ingress    = string
  })
  nullable = false
}

variable "pod_cidr" {
  description = "The range of the pods' overlay; the network's rules must know the same."
  type        = string
  nullable    = false
}

variable "service_cidr" {
  description = "The range of Services: outside the network and the pods' overlay."
  type        = string
  default     = "10.245.0.0/16"
  nullable    = false

  validation {
    condition     = can(cidrhost(var.service_cidr, 10)) && var.service_cidr != var.pod_cidr
    error_message = "The Services' range must be an IPv4 range other than the pods'."
  }
}

variable "private_cluster" {
  description = "Whether the API server has no public address at all. Operators then need a way into the network."
  type        = bool
  default     = false
  nullable    = false
}

variable "operator_addresses" {
  description = "Public addresses (CIDR) from which a public API server may be reached."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = var.private_cluster || length(var.operator_addresses) > 0
    error_message = "A cluster that is not private must name the operators' addresses, or the whole internet could reach its API server."
  }

  validation {
    condition     = alltrue([for address in var.operator_addresses : !endswith(address, "/0")])
    error_message = "The operators' addresses must not be the whole internet."
  }
}

variable "zones" {
  description = "Availability zones of the region; fewer than three for a region that has fewer."
  type        = set(string)
  default     = ["1", "2", "3"]
  nullable    = false

  validation {
    condition     = length(var.zones) >= 2
    error_message = "Nodes must be spread over at least two zones."
  }
}

variable "system_pool" {
  description = "Nodes for Kubernetes' own pods."
  type = object({
    vm_size   = optional(string, "Standard_D4ds_v5")
    min_count = optional(number, 3)
    max_count = optional(number, 5)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.system_pool.min_count >= 2 && var.system_pool.max_count > var.system_pool.min_count
    error_message = "The system pool must have at least two nodes and room to grow."
  }
}

variable "user_pools" {
  description = "Nodes for everything else, by name (at most 12 lower-case letters and digits)."
  type = map(object({
    vm_size   = optional(string, "Standard_D4ds_v5")
    min_count = optional(number, 2)
    max_count = optional(number, 10)
    labels    = optional(map(string), {})
    taints    = optional(list(string), [])
  }))
  default  = { work = {} }
  nullable = false

  validation {
    condition     = length(var.user_pools) > 0 && alltrue([for name in keys(var.user_pools) : can(regex("^[a-z][a-z0-9]{0,11}$", name))])
    error_message = "There must be at least one user pool, each named by at most 12 lower-case letters and digits."
  }
}

variable "log_analytics_workspace_id" {
  description = "Where the control plane's and the containers' logs go."
  type        = string
  nullable    = false
}

variable "collection_rule_ids" {
  description = "Data collection rules the cluster joins: metrics, logs."
  type        = map(string)
  nullable    = false
}

variable "tags" {
  description = "Tags of every resource."
  type        = map(string)
  nullable    = false
}
