output "sku" {
  description = "What Azure calls it."
  value       = local.table[var.service][var.size].sku
}

output "cores" {
  description = "Its cores."
  value       = local.table[var.service][var.size].cores
}

output "memory_gib" {
  description = "Its memory."
  value       = local.table[var.service][var.size].memory_gib
}

output "price_class" {
  description = "low, medium or high: what it costs in a month."
  value       = local.price_class[var.size]
}

output "stages" {
  description = "The stages that may have it."
  value       = local.stages[var.size]
}
