variable "name" {
  description = "The server's name, unique in all of Azure."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.name))
    error_message = "The server's name must be 3 to 63 lower-case letters, digits and hyphens."
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

variable "subnet_id" {
  description = "The subnet delegated to PostgreSQL servers."
  type        = string
  nullable    = false
}

variable "private_dns_zone_id" {
  description = "The private DNS zone that answers with its address."
  type        = string
  nullable    = false
}

variable "administrators" {
  description = "Entra groups that administer it: display name -> object id."
  type        = map(string)
  nullable    = false

  validation {
    condition     = length(var.administrators) > 0
    error_message = "At least one administrators' group must be named: the server knows no passwords."
  }
}

variable "databases" {
  description = "The databases on it."
  type        = set(string)
  nullable    = false
}

variable "size" {
  description = "small (2 cores, 8 GiB), medium (4 cores, 16 GiB) or large (8 cores, 32 GiB)."
  type        = string
  default     = "small"
  nullable    = false

  validation {
    condition     = contains(["small", "medium", "large"], var.size)
    error_message = "The size must be small, medium or large."
  }
}

variable "high_availability" {
  description = "Whether a standby in another zone takes over."
  type        = bool
  default     = true
  nullable    = false
}

variable "log_analytics_workspace_id" {
  description = "Where its logs go."
  type        = string
  nullable    = false
}

variable "tags" {
  description = "Tags of every resource."
  type        = map(string)
  nullable    = false
}
