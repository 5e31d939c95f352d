output "path" {
  description = "The file that stands for the thing."
  value       = local.path
}
