variable "name" {
  description = "What the identity is called in Azure."
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

variable "issuer" {
  description = "The cluster's OIDC issuer; null for an identity that no pod uses."
  type        = string
  default     = null

  validation {
    condition     = var.issuer != null || length(var.service_accounts) == 0
    error_message = "An issuer must be given where service accounts are."
  }
}

variable "service_accounts" {
  description = "Who may act as it: `namespace/name` of Kubernetes ServiceAccounts."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for account in var.service_accounts : can(regex("^[a-z0-9-]+/[a-z0-9.-]+$", account))])
    error_message = "Each service account must be written as namespace/name, without a wildcard."
  }

  validation {
    condition     = length(var.service_accounts) <= 20
    error_message = "Azure allows at most 20 federated credentials for one identity."
  }
}

variable "roles" {
  description = "What it may do: a name for people -> the built-in role, its scope, and a condition (ABAC) or null."
  type = map(object({
    role      = string
    scope     = string
    condition = optional(string)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for role in values(var.roles) : !contains(["Owner", "User Access Administrator"], role.role)])
    error_message = "No identity may be Owner or User Access Administrator."
  }
}

variable "tags" {
  description = "Tags of every resource."
  type        = map(string)
  nullable    = false
}
