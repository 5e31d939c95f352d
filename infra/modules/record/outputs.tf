output "name" {
  description = "The thing's name, known when it is recorded."
  value       = terraform_data.thing.output.name
}
