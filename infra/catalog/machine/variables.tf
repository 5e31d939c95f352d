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

variable "environment" {
  description = "The team's environment it lives in, whose identity it may act as."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,28}[a-z0-9])?$", var.environment))
    error_message = "The environment must be the name of one: at most 30 lower-case letters, digits and hyphens, a letter first, no hyphen last."
  }
}

variable "administrator_key" {
  description = "Who may enter by SSH, from inside the network: an Ed25519 public key. There is no password."
  type        = string
  nullable    = false

  validation {
    # RFC 8709: always 51 bytes, of which the first 19 say that it is Ed25519.
    condition     = can(regex("^ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI[A-Za-z0-9+/]{43}( [A-Za-z0-9._@-]{1,64})?$", var.administrator_key))
    error_message = "The administrator's key must be an Ed25519 public key, as ssh-keygen writes it."
  }
}

variable "size" {
  description = "small, medium or large; how large a stage may have it, the platform says."
  type        = string
  default     = "small"
  nullable    = false

  validation {
    condition     = contains(["small", "medium", "large"], var.size)
    error_message = "The size must be small, medium or large."
  }
}

variable "disk_gib" {
  description = "Its disk, with the system on it."
  type        = number
  default     = 64
  nullable    = false

  validation {
    condition     = var.disk_gib >= 32 && var.disk_gib <= 1024 && floor(var.disk_gib) == var.disk_gib
    error_message = "The disk must be a whole number of GiB from 32 to 1024."
  }
}
