variable "subscription_id" {
  description = "The platform's subscription."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", var.subscription_id))
    error_message = "The subscription must be a UUID in lower case."
  }
}

variable "location" {
  description = "The Azure region; it needs availability zones."
  type        = string
  default     = "westeurope"
  nullable    = false
}

variable "tags" {
  description = "Tags of every resource, beside those that the platform sets."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = length(setintersection(keys(var.tags), ["managed-by", "root"])) == 0
    error_message = "The tags managed-by and root are the platform's own."
  }
}

variable "operator_addresses" {
  description = "Public IPv4 addresses or ranges from which operators work. Empty: only from inside the network."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for address in var.operator_addresses : can(cidrhost(length(regexall("/", address)) > 0 ? address : "${address}/32", 0)) && !endswith(address, "/0")])
    error_message = "The operators' addresses must be IPv4 addresses or ranges, and not the whole internet."
  }
}

variable "names" {
  description = "Names that must be unique in all of Azure."
  type = object({
    key_vault            = string
    container_registry   = string
    application_registry = string
    postgresql_server    = string
  })
  nullable = false

  validation {
    condition     = var.names.application_registry != var.names.container_registry
    error_message = "The applications' registry must not be the platform's: a build could then replace the platform's images."
  }
}

variable "catalog_subscription_id" {
  description = "The subscription in which the platform makes what teams ask for: never its own."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", var.catalog_subscription_id))
    error_message = "The catalogue's subscription must be a UUID in lower case."
  }

  validation {
    condition     = var.catalog_subscription_id != var.subscription_id
    error_message = "The catalogue's subscription must not be the platform's: a run could then change the platform."
  }
}

variable "operators" {
  description = "Who runs the platform: display names of Entra groups -> object ids."
  type        = map(string)
  nullable    = false

  validation {
    condition     = length(var.operators) > 0
    error_message = "At least one operators' group must be named, or nobody could enter the cluster."
  }
}

variable "alarm_receivers" {
  description = "Who is told of alarms: a name -> a mail address."
  type        = map(string)
  nullable    = false
}

variable "monthly_budget" {
  description = "What one environment may cost in a month before its receivers are told, by stage, in the subscription's currency."
  type = object({
    dev     = number
    staging = number
    prod    = number
  })
  default  = { dev = 100, staging = 300, prod = 2000 }
  nullable = false

  validation {
    condition     = alltrue([for amount in values(var.monthly_budget) : amount >= 1 && floor(amount) == amount])
    error_message = "Each budget must be a whole number of at least 1."
  }
}

variable "applications" {
  description = "How applications are delivered: the tag of the builder's image in their registry, where Argo CD finds their chart, and on what images are built."
  type = object({
    builder_version = string
    chart = object({
      repository = string
      revision   = string
    })
    builds = optional(object({
      tier      = optional(string, "S2")
      instances = optional(number, 1)
    }), {})
  })
  nullable = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$", var.applications.builder_version)) && var.applications.builder_version != "latest"
    error_message = "The builder's version must be the tag of an image, such as 0.1.0, and not latest."
  }

  validation {
    condition     = can(regex("^https://[^\\s/]+/[^\\s]+$", var.applications.chart.repository))
    error_message = "The chart's repository must be an https address, such as https://github.com/example/idp."
  }

  validation {
    condition     = can(regex("^(v?[0-9]+\\.[0-9]+\\.[0-9]+|[0-9a-f]{40})$", var.applications.chart.revision))
    error_message = "The chart's revision must be a version tag or a full commit: a branch would change by itself."
  }

  validation {
    condition     = contains(["S1", "S2", "S3"], var.applications.builds.tier)
    error_message = "The tier of the machines that build must be S1 (2 cores, 3 GiB), S2 (4 cores, 8 GiB) or S3 (8 cores, 16 GiB)."
  }

  validation {
    condition     = var.applications.builds.instances >= 1 && floor(var.applications.builds.instances) == var.applications.builds.instances
    error_message = "The machines that build must be a whole number of at least 1, or nothing would ever be built."
  }
}

variable "kubernetes_version" {
  description = "Minor version of Kubernetes."
  type        = string
  default     = "1.36"
  nullable    = false
}

variable "private_cluster" {
  description = "Whether the API server has no public address at all."
  type        = bool
  default     = false
  nullable    = false
}

variable "bootstrap" {
  description = "From the root bootstrap: its output for_aks."
  type = object({
    resource_group_id    = string
    dns_zone_id          = string
    container_ids        = map(string)
    state_account_id     = string
    storage_account_name = string
  })
  nullable = false
}

variable "network" {
  description = "From the root network: its output for_aks."
  type = object({
    subnet_ids           = map(string)
    private_dns_zone_ids = map(string)
    pod_cidr             = string
  })
  nullable = false
}
