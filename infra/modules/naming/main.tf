# Every name that a cloud or a cluster sees, made in one place, without a provider, for all targets.

locals {
  # No part may hold a "/" or a ".", so what is joined by one of them can be taken apart again: no two resources share it.
  identity = join("/", [var.domain, var.capability, var.team, var.name])
  fullname = join(".", [var.capability, var.team, var.name])

  # 3 to 24 lower-case letters and digits, unique in all of Azure:
  # https://learn.microsoft.com/azure/storage/common/storage-account-overview#storage-account-name
  # "st", up to 10 characters for people, 12 hexadecimal digits (48 bits) of the identity's digest for uniqueness.
  readable        = substr(replace("${var.team}${var.name}", "-", ""), 0, 10)
  digest          = substr(sha256(local.identity), 0, 12)
  storage_account = "st${local.readable}${local.digest}"

  # 3 to 24 letters, digits and hyphens, unique in all of Azure, vaults that were removed and not yet purged among them:
  # https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates#vault-name-and-object-name
  key_vault = "kv${local.readable}${local.digest}"

  # Of the databases' names, each unique in all of Azure too, all take hyphens and more than 30 characters:
  # https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
  unique = "${local.readable}-${local.digest}"
}
