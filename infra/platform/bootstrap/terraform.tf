terraform {
  required_version = ">= 1.11"

  # Where: -backend-config=../backend.hcl and -backend-config="key=platform/bootstrap". No keys: whoever runs this is known to Entra.
  backend "azurerm" {}

  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 5.0"
    }
  }
}
