output "resource_group" {
  description = "Resource group: at most 90 characters; 3 + 30 + 1 + 20 + 1 + 30 are used."
  value       = "rg-${local.fullname}"
}

output "storage_account" {
  description = "Storage account: 3 to 24 lower-case letters and digits, unique in all of Azure."
  value       = local.storage_account
}

output "key_vault" {
  description = "Key vault: 3 to 24 letters and digits, unique in all of Azure."
  value       = local.key_vault
}

output "postgresql_server" {
  description = "PostgreSQL server: 3 to 63 lower-case letters, digits and hyphens, unique in all of Azure."
  value       = "psql-${local.unique}"
}

output "mssql_server" {
  description = "SQL Server: 1 to 63 lower-case letters, digits and hyphens, unique in all of Azure."
  value       = "sql-${local.unique}"
}

output "redis_cache" {
  description = "Managed Redis: 1 to 60 letters, digits and single hyphens, unique in all of Azure."
  value       = "redis-${local.unique}"
}

output "namespace" {
  description = "Namespace of an environment, as idp.names.namespace gives it: a DNS label."
  value       = "env-${var.team}-${var.name}"
}

output "workload_identity" {
  description = "User-assigned identity of an environment's workloads."
  value       = "id-${var.team}-${var.name}"
}

output "host" {
  description = "Host of an environment. One label below the domain, as the wildcard certificate covers no more."
  value       = "${var.name}-${var.team}.${var.domain}"
}

output "machine" {
  description = "Virtual machine of Linux: 1 to 64 letters, digits and hyphens; 3 + 20 + 1 + 30 are used. Also its host name."
  value       = "vm-${var.team}-${var.name}"
}
