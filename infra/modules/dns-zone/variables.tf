variable "domain" {
  description = "The DNS domain, such as packetdance.com."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]{2,}$", var.domain))
    error_message = "The domain must be a DNS name in lower case, without a dot at its end."
  }
}

variable "resource_group_name" {
  description = "The resource group it lives in."
  type        = string
  nullable    = false
}

variable "certificate_authority" {
  description = "Who alone may issue certificates below the domain (CAA)."
  type        = string
  default     = "letsencrypt.org"
  nullable    = false
}

variable "tags" {
  description = "Tags of every resource."
  type        = map(string)
  nullable    = false
}
