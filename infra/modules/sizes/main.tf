# What T-shirt sizes are in Azure, and what they cost: in one place, without a provider. A larger one is a change here, and
# in guardrails/settings.json, which says it again for plans; a test compares them.

locals {
  table = {
    virtual_machine = {
      small  = { sku = "Standard_B2s", cores = 2, memory_gib = 4 }
      medium = { sku = "Standard_D2ds_v5", cores = 2, memory_gib = 8 }
      large  = { sku = "Standard_D4ds_v5", cores = 4, memory_gib = 16 }
    }
    postgresql = {
      small  = { sku = "B_Standard_B1ms", cores = 1, memory_gib = 2 }
      medium = { sku = "GP_Standard_D2ds_v5", cores = 2, memory_gib = 8 }
      large  = { sku = "GP_Standard_D4ds_v5", cores = 4, memory_gib = 16 }
    }
    mssql = {
      small  = { sku = "GP_S_Gen5_1", cores = 1, memory_gib = 3 }
      medium = { sku = "GP_S_Gen5_2", cores = 2, memory_gib = 6 }
      large  = { sku = "GP_Gen5_4", cores = 4, memory_gib = 20 }
    }
    redis = {
      small  = { sku = "Balanced_B0", cores = 2, memory_gib = 0.5 }
      medium = { sku = "Balanced_B1", cores = 2, memory_gib = 1 }
      large  = { sku = "Balanced_B3", cores = 2, memory_gib = 3 }
    }
  }

  # For people: tens, hundreds, and more hundreds of euros a month. The bill says the rest.
  price_class = { small = "low", medium = "medium", large = "high" }

  # Where a size may be asked for.
  stages = {
    small  = ["dev", "staging", "prod"]
    medium = ["staging", "prod"]
    large  = ["prod"]
  }
}
