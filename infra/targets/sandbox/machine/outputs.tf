output "machine" {
  description = "Its name, and its host name."
  value       = module.machine.machine
}

output "administrator" {
  description = "Who enters it by SSH, with the key that was given."
  value       = module.machine.administrator
}

output "private_address" {
  description = "Where it is reached inside the network; none where no cloud gives one."
  value       = module.machine.private_address
}

output "resource_group" {
  description = "The resource group it is in: the environment's."
  value       = module.machine.resource_group
}

output "price_class" {
  description = "What its size costs: low, medium or high."
  value       = module.machine.price_class
}
