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

variable "domain" {
  description = "The platform's DNS domain; its registrar is told the name servers that come out of here."
  type        = string
  default     = "packetdance.com"
  nullable    = false
}

variable "state_account_name" {
  description = "Name of the storage account for state, plans and artifacts, unique in all of Azure."
  type        = string
  nullable    = false
}

variable "operators" {
  description = "Who runs the platform's Terraform: a name for people -> the object id of an Entra group."
  type        = map(string)
  nullable    = false
}
