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

variable "address_space" {
  description = "The network's IPv4 range: a /16 that collides with nothing it is to be peered with."
  type        = string
  default     = "10.40.0.0/16"
  nullable    = false
}

variable "edge_source_ranges" {
  description = "From where the platform's hosts may be reached, beside the network itself. Empty: from nowhere else."
  type        = set(string)
  default     = []
  nullable    = false
}

variable "bootstrap" {
  description = "From the root bootstrap: its output for_network."
  type = object({
    state_account_id = string
  })
  nullable = false
}
