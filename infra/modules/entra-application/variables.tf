variable "name" {
  description = "What people see when they sign in."
  type        = string
  nullable    = false
}

variable "owners" {
  description = "Object ids of those who may change the application."
  type        = set(string)
  nullable    = false

  validation {
    condition     = length(var.owners) > 0
    error_message = "An application must have an owner, or nobody answers for it."
  }
}

variable "redirect_uris" {
  description = "Where Entra may send people back to."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for uri in var.redirect_uris : startswith(uri, "https://")])
    error_message = "Every redirect address must be https."
  }
}

variable "native_redirect_uris" {
  description = "Where command lines may be sent back to, on the same machine."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for uri in var.native_redirect_uris : startswith(uri, "http://localhost")])
    error_message = "A command line's redirect address must be on the same machine."
  }
}

variable "command_lines" {
  description = "Client ids of programs by which people may get a token for it: the Azure CLI's, for one."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for id in var.command_lines : can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", id))])
    error_message = "A command line must be named by its client id, a UUID in lower case."
  }
}

variable "claims_are_mapped" {
  description = "Whether its tokens may have claims that operators map: names of groups as `teams`."
  type        = bool
  default     = false
  nullable    = false
}

variable "roles" {
  description = "Roles that tokens may carry: value -> what it allows."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "members" {
  description = "Who may sign in: a name for people -> the object id of an Entra group, and its role where there are roles."
  type = map(object({
    group = string
    role  = optional(string)
  }))
  nullable = false

  validation {
    condition     = alltrue([for member in values(var.members) : length(var.roles) == 0 ? member.role == null : contains(keys(var.roles), coalesce(member.role, "none"))])
    error_message = "Each member must have one of the application's roles, and none where it has no roles."
  }
}

variable "service_account" {
  description = "The ServiceAccount (namespace, name) that proves to be the application, in place of a client secret, and its cluster's issuer."
  type = object({
    issuer    = string
    namespace = string
    name      = string
  })
  default = null
}
