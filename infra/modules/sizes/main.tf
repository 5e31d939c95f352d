# T-shirt sizes in one place: what Azure calls them, and what they cost, roughly. Which stage may have which: guardrails/settings.json.

locals {
  skus = {
    postgresql = { small = "B_Standard_B1ms", medium = "GP_Standard_D2ds_v5", large = "GP_Standard_D4ds_v5" }
    mssql      = { small = "GP_S_Gen5_1", medium = "GP_S_Gen5_2", large = "GP_Gen5_4" }
    redis      = { small = "Balanced_B0", medium = "Balanced_B1", large = "Balanced_B3" }
  }

  price_classes = { small = "low", medium = "medium", large = "high" }
}
