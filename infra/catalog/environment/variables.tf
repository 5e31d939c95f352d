variable "domain" {
  description = "Platform: the DNS domain, of which names are made."
  type        = string
  nullable    = false
}

variable "capability" {
  description = "Platform: the capability that asks, of which names are made."
  type        = string
  nullable    = false
}

variable "owner" {
  description = "Platform: who answers for the capability: a tag."
  type        = string
  nullable    = false
}

variable "team" {
  description = "Who has it: 2 to 20 lower-case letters and digits, a letter first."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,19}$", var.team))
    error_message = "The team must be 2 to 20 lower-case letters and digits, a letter first."
  }
}

variable "name" {
  description = "What the team calls it: a DNS label (RFC 1035) of at most 30 characters."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,28}[a-z0-9])?$", var.name))
    error_message = "The name must be at most 30 lower-case letters, digits and hyphens, a letter first, no hyphen last."
  }
}

variable "stage" {
  description = "dev, staging or prod; it decides who must agree."
  type        = string
  default     = "dev"
  nullable    = false

  validation {
    condition     = contains(["dev", "staging", "prod"], var.stage)
    error_message = "The stage must be dev, staging or prod."
  }
}

variable "cpu" {
  description = "Cores, summed over all pods."
  type        = number
  default     = 4
  nullable    = false

  validation {
    condition     = var.cpu >= 1 && var.cpu <= 64 && floor(var.cpu) == var.cpu
    error_message = "The cores must be a whole number from 1 to 64."
  }
}

variable "memory_gib" {
  description = "Memory in GiB, summed over all pods."
  type        = number
  default     = 8
  nullable    = false

  validation {
    condition     = var.memory_gib >= 1 && var.memory_gib <= 256 && floor(var.memory_gib) == var.memory_gib
    error_message = "The memory must be a whole number of GiB from 1 to 256."
  }
}
