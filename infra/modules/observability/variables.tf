variable "name" {
  description = "What the workspaces are called."
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

variable "retention_days" {
  description = "For how long logs are kept."
  type        = number
  default     = 90
  nullable    = false

  validation {
    condition     = var.retention_days >= 30 && var.retention_days <= 730
    error_message = "The logs' retention must be 30 to 730 days."
  }
}

variable "daily_quota_gb" {
  description = "What may be taken in on one day: a stop for a runaway, not a budget."
  type        = number
  default     = 20
  nullable    = false

  validation {
    condition     = var.daily_quota_gb >= 1
    error_message = "The daily quota must be at least 1 GB, or the platform would be blind."
  }
}

variable "alarm_receivers" {
  description = "Who is told of an alarm: a name -> a mail address."
  type        = map(string)
  nullable    = false

  validation {
    condition     = length(var.alarm_receivers) > 0 && alltrue([for address in values(var.alarm_receivers) : can(regex("^[^@ ]+@[^@ ]+$", address))])
    error_message = "At least one mail address must be told of alarms."
  }
}

variable "tags" {
  description = "Tags of every resource."
  type        = map(string)
  nullable    = false
}
