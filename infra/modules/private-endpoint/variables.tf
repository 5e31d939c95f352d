variable "name" {
  description = "What the endpoint is called, and its connection and interface after it."
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

variable "subnet_id" {
  description = "The subnet for private endpoints."
  type        = string
  nullable    = false
}

variable "target_id" {
  description = "The resource that is reached by it."
  type        = string
  nullable    = false
}

variable "subresource" {
  description = "Which part of the target, as Azure calls it."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["blob", "vault", "registry", "postgresqlServer", "sqlServer", "redisEnterprise"], var.subresource)
    error_message = "The subresource must be blob, vault, registry, postgresqlServer, sqlServer or redisEnterprise."
  }
}

variable "private_dns_zone_id" {
  description = "The private DNS zone that answers with its address."
  type        = string
  nullable    = false
}

variable "tags" {
  description = "Tags of every resource."
  type        = map(string)
  nullable    = false
}
