variable "domain" {
  description = "The platform's DNS domain."
  type        = string
  nullable    = false
}

variable "capability" {
  description = "The capability's name; two capabilities may give a resource the same name."
  type        = string
  nullable    = false
}

variable "team" {
  description = "The team's name, without hyphens."
  type        = string
  nullable    = false
}

variable "name" {
  description = "What the team calls the resource."
  type        = string
  nullable    = false
}
