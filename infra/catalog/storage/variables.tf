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
  description = "The team's environment it lives in."
  type        = string
  default     = null
  nullable    = true

  validation {
    condition     = var.environment == null || can(regex("^[a-z]([a-z0-9-]{0,28}[a-z0-9])?$", var.environment))
    error_message = "The environment must be the name of one: at most 30 lower-case letters, digits and hyphens, a letter first, no hyphen last."
  }
}

variable "containers" {
  description = "Blob containers to make, each named once."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.containers) >= 1 && length(var.containers) <= 20
    error_message = "There must be 1 to 20 containers."
  }

  validation {
    condition     = length(distinct(var.containers)) == length(var.containers)
    error_message = "Each container must be named once."
  }

  validation {
    # https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata
    condition = alltrue([
      for container in var.containers :
      can(regex("^[a-z0-9](-?[a-z0-9])*$", container)) && try(length(container) >= 3 && length(container) <= 63, false)
    ])
    error_message = "Each container must be 3 to 63 lower-case letters, digits and single hyphens."
  }
}

variable "replication" {
  description = "Copies in one zone, over zones, or over zones and a second region."
  type        = string
  default     = "ZRS"
  nullable    = false

  validation {
    condition     = contains(["LRS", "ZRS", "GZRS"], var.replication)
    error_message = "The replication must be LRS, ZRS or GZRS."
  }
}

variable "retention_days" {
  description = "Days a deleted blob can be brought back."
  type        = number
  default     = 7
  nullable    = false

  validation {
    condition     = var.retention_days >= 1 && var.retention_days <= 365 && floor(var.retention_days) == var.retention_days
    error_message = "The retention must be a whole number of days from 1 to 365."
  }
}
