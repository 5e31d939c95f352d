terraform {
  required_version = ">= 1.11"

  # Where, the runner says; whose token opens it, the pod's workload identity.
  backend "azurerm" {}

  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 5.0"
    }
  }
}
