variable "name" {
  description = "The registry's name, unique in all of Azure."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]{5,50}$", var.name))
    error_message = "The registry's name must be 5 to 50 lower-case letters and digits."
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

variable "pullers" {
  description = "Who may pull: a name for people -> the principal id of an identity."
  type        = map(string)
  nullable    = false
}

variable "pushers" {
  description = "Who may push: a name for people -> the object id of an Entra group."
  type        = map(string)
  nullable    = false
}

variable "operator_addresses" {
  description = "Public addresses from which images may be pushed. Empty: only the private endpoint."
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
  description = "Where its events go."
  type        = string
  nullable    = false
}

variable "tags" {
  description = "Tags of every resource."
  type        = map(string)
  nullable    = false
}
