variable "subscription_id" {
  description = "The platform's subscription."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", var.subscription_id))
    error_message = "The subscription must be a UUID in lower case."
  }
}

variable "kubelogin_method" {
  description = "How kubelogin proves who runs this: azurecli for people, workloadidentity for a pipeline."
  type        = string
  default     = "azurecli"
  nullable    = false

  validation {
    condition     = contains(["azurecli", "workloadidentity"], var.kubelogin_method)
    error_message = "kubelogin's method must be azurecli or workloadidentity: neither keeps a secret."
  }
}

variable "domain" {
  description = "The platform's DNS domain."
  type        = string
  default     = "packetdance.com"
  nullable    = false
}

variable "acme" {
  description = "Who asks for the wildcard certificate, and whom: the staging issuer until the first certificate came, then production."
  type = object({
    email  = string
    issuer = optional(string, "staging")
  })
  nullable = false

  validation {
    condition     = can(regex("^[^@ ]+@[^@ ]+$", var.acme.email))
    error_message = "The ACME account needs a mail address, to which warnings go."
  }

  validation {
    condition     = contains(["staging", "production"], var.acme.issuer)
    error_message = "The issuer must be staging or production."
  }
}

variable "edge" {
  description = "Whether the platform's hosts have a private or a public address. Public: only the network's edge_source_ranges reach it."
  type = object({
    exposure = optional(string, "private")
    replicas = optional(number, 3)
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["private", "public"], var.edge.exposure)
    error_message = "The edge's exposure must be private or public."
  }

  validation {
    condition     = var.edge.exposure == "private" || length(var.network.edge_source_ranges) > 0
    error_message = "A public edge needs edge_source_ranges in the root network: nobody could reach it otherwise."
  }

  validation {
    condition     = var.edge.replicas >= 2
    error_message = "The edge must have at least two replicas."
  }
}

variable "groups" {
  description = "Entra groups by object id: operators see and run everything, approvers decide, developers ask."
  type = object({
    operators  = string
    approvers  = string
    developers = string
  })
  nullable = false
}

variable "application_owners" {
  description = "Object ids of those who may change the applications in Entra."
  type        = set(string)
  nullable    = false
}

variable "idp" {
  description = "Where idp's manifests are, and which commit or tag of them runs."
  type = object({
    repository = string
    revision   = string
  })
  nullable = false

  validation {
    condition     = startswith(var.idp.repository, "https://")
    error_message = "The repository must be reached by https."
  }

  validation {
    condition     = can(regex("^(v?[0-9]+\\.[0-9]+\\.[0-9]+|[0-9a-f]{40})$", var.idp.revision))
    error_message = "The revision must be a version tag or a full commit: a branch would change by itself."
  }
}

variable "network" {
  description = "From the root network: its output for_tools."
  type = object({
    edge_source_ranges = set(string)
  })
  nullable = false
}

variable "aks" {
  description = "From the root aks: its output for_tools."
  type = object({
    cluster_name         = string
    resource_group_name  = string
    oidc_issuer_url      = string
    tenant_id            = string
    key_vault_uri        = string
    postgresql_fqdn      = string
    storage_account_name = string
    client_ids           = map(string)
    archive_role         = string
    ledger_role          = string
    for_runs             = any
  })
  nullable = false
}
