variable "name" {
  description = "The storage account's name, unique in all of Azure."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]{3,24}$", var.name))
    error_message = "The storage account's name must be 3 to 24 lower-case letters and digits."
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

variable "operators" {
  description = "Who may read and write all of it: a name for people -> the object id of an Entra group."
  type        = map(string)
  nullable    = false

  validation {
    condition     = length(var.operators) > 0
    error_message = "At least one operators' group must be named, or nobody could read the state: the account has no keys."
  }
}

variable "operator_addresses" {
  description = "Public addresses (IPv4, single or CIDR of /30 and wider) from which operators may reach it. Empty: only private endpoints."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for address in var.operator_addresses : !endswith(address, "/0")])
    error_message = "The operators' addresses must not be the whole internet."
  }
}

variable "retention_days" {
  description = "For how long deleted and overwritten blobs can be brought back."
  type        = number
  default     = 90
  nullable    = false

  validation {
    condition     = var.retention_days >= 30 && var.retention_days <= 365
    error_message = "The retention must be 30 to 365 days."
  }
}

variable "tags" {
  description = "Tags of every resource."
  type        = map(string)
  nullable    = false
}
