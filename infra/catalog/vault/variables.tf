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
  description = "The team's environment it lives in, whose applications read it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,28}[a-z0-9])?$", var.environment))
    error_message = "The environment must be the name of one: at most 30 lower-case letters, digits and hyphens, a letter first, no hyphen last."
  }
}

variable "secrets" {
  description = "What the environment's namespace gets of it: a key of the Secret, and its name in the vault."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = length(var.secrets) <= 64
    error_message = "There must be at most 64 secrets."
  }

  validation {
    condition     = alltrue([for key in keys(var.secrets) : can(regex("^[A-Z][A-Z0-9_]{0,62}$", key))])
    error_message = "Each key must be at most 63 capital letters, digits and underscores, a letter first."
  }

  validation {
    # https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates#vault-name-and-object-name
    condition     = alltrue([for name in values(var.secrets) : can(regex("^[A-Za-z][A-Za-z0-9-]{0,126}$", name))])
    error_message = "Each secret's name must be at most 127 letters, digits and hyphens, a letter first."
  }
}
