# Secrets that software shares with software. Made here, kept in the vault alone: neither state nor plan ever holds them.
# To change one: raise its generation.

locals {
  generations = {
    event-source-token   = 1 # the API shows it to the EventSource
    hook-key             = 1 # of it the secrets of git servers' hooks are derived
    sign-in-proxy-cookie = 1 # signs the cookies of the dashboards' sign-in
  }
}

ephemeral "random_password" "shared" {
  for_each = local.generations

  length  = 32 # as many bytes as the proxy's AES-256 key must have
  special = false
}

resource "azurerm_key_vault_secret" "shared" {
  for_each = local.generations

  name             = each.key
  key_vault_id     = module.key_vault.id
  value_wo         = ephemeral.random_password.shared[each.key].result
  value_wo_version = each.value
  content_type     = "text/plain"
  tags             = local.tags

  # Whoever runs this must first be allowed to write secrets, and reach the vault.
  depends_on = [module.key_vault]
}
