output "sku" {
  description = "What Azure calls it."
  value       = local.skus[var.kind][var.size]
}

output "price_class" {
  description = "What it costs, roughly: low, medium or high."
  value       = local.price_classes[var.size]
}
