variable "service" {
  description = "What is to have the size: virtual_machine, postgresql, mssql or redis."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["virtual_machine", "postgresql", "mssql", "redis"], var.service)
    error_message = "The service must be virtual_machine, postgresql, mssql or redis."
  }
}

variable "size" {
  description = "small, medium or large."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["small", "medium", "large"], var.size)
    error_message = "The size must be small, medium or large."
  }
}
