variable "name" {
  description = "The release's name."
  type        = string
  nullable    = false
}

variable "namespace" {
  description = "The namespace it is installed in, which exists already."
  type        = string
  nullable    = false
}

variable "chart" {
  description = "The chart: its repository (https or oci; null for a local chart), its name or path, and its exact version."
  type = object({
    repository = optional(string)
    name       = string
    version    = string
  })
  nullable = false

  validation {
    condition     = can(regex("^v?[0-9]+\\.[0-9]+\\.[0-9]+$", var.chart.version))
    error_message = "The chart's version must be exact, such as 1.2.3: a range would install something else on another day."
  }

  validation {
    condition     = var.chart.repository == null || can(regex("^(https|oci)://", var.chart.repository))
    error_message = "The chart's repository must be reached by https or oci."
  }
}

variable "values" {
  description = "Values as YAML documents; later ones win."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "timeout_seconds" {
  description = "For how long its pods may take to be ready."
  type        = number
  default     = 600
  nullable    = false
}
