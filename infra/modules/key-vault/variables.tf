variable "name" {
  description = "The vault's name, unique in all of Azure."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,22}[a-z0-9]$", var.name))
    error_message = "The vault's name must be 3 to 24 lower-case letters, digits and hyphens, a letter first."
  }
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

variable "tenant_id" {
  description = "The Entra tenant."
  type        = string
  nullable    = false
}

variable "officers" {
  description = "Who may write secrets: a name for people -> the object id of an Entra group."
  type        = map(string)
  nullable    = false
}

variable "readers" {
  description = "Software that may read its secrets: a name for people -> the principal id of an identity."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "operator_addresses" {
  description = "Public addresses from which operators may reach it. Empty: only the private endpoint."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for address in var.operator_addresses : !endswith(address, "/0")])
    error_message = "The operators' addresses must not be the whole internet."
  }
}

variable "private_endpoint" {
  description = "Where its private endpoint goes."
  type = object({
    subnet_id           = string
    private_dns_zone_id = string
  })
  nullable = false
}

variable "log_analytics_workspace_id" {
  description = "Where its audit events go."
  type        = string
  nullable    = false
}

variable "tags" {
  description = "Tags of every resource."
  type        = map(string)
  nullable    = false
}
