output "namespace" {
  description = "Where it is, once it is ready."
  value       = helm_release.this.namespace
}
