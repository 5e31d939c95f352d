# Who may do what: one identity a component, each entered by its own ServiceAccount alone.

locals {
  catalog = "/subscriptions/${var.catalog_subscription_id}"

  # Built-in roles that a run may hand to an environment's identity, by definition id:
  # https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
  grantable = {
    storage-blob-data-contributor = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"
    storage-blob-data-reader      = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
    key-vault-secrets-user        = "4633458b-17de-408a-b874-0445c86b69e6"
  }

  # Only these roles, and only to identities of software.
  grants_only = <<-CONDITION
    (
      (
        !(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})
      ) OR (
        @Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {${join(", ", values(local.grantable))}}
        AND
        @Request[Microsoft.Authorization/roleAssignments:PrincipalType] StringEqualsIgnoreCase 'ServicePrincipal'
      )
    )
    AND
    (
      (
        !(ActionMatches{'Microsoft.Authorization/roleAssignments/delete'})
      ) OR (
        @Resource[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {${join(", ", values(local.grantable))}}
        AND
        @Resource[Microsoft.Authorization/roleAssignments:PrincipalType] StringEqualsIgnoreCase 'ServicePrincipal'
      )
    )
  CONDITION

  components = {
    # The platform's tools.
    cert-manager = {
      service_accounts = ["cert-manager/cert-manager"]
      roles            = { answers-challenges = { role = "DNS Zone Contributor", scope = var.bootstrap.dns_zone_id } }
    }
    external-dns = {
      service_accounts = ["external-dns/external-dns"]
      roles = {
        writes-records = { role = "DNS Zone Contributor", scope = var.bootstrap.dns_zone_id }
        finds-the-zone = { role = "Reader", scope = var.bootstrap.resource_group_id }
      }
    }
    external-secrets = {
      service_accounts = ["external-secrets/platform-secrets"]
      roles            = { reads-secrets = { role = "Key Vault Secrets User", scope = module.key_vault.id } }
    }
    # Controller and server write and read one archive, as one role of the database.
    argo-workflows = {
      service_accounts = ["argo/argo-workflows-workflow-controller", "argo/argo-workflows-server"]
      roles            = { shows-runs = { role = "Storage Blob Data Reader", scope = var.bootstrap.container_ids["plans"] } }
    }

    # The API: known to the ledger's database, with no right in Azure.
    api = {
      service_accounts = ["idp/api"]
      roles            = {}
    }

    # Steps of runs, by privilege. What looks cannot change, what configures enters machines and changes no cloud. Each writes its log beside
    # the plans; a plan that was touched there is refused, as its digest is no longer the approved one.
    look = {
      service_accounts = ["idp-runs/look"]
      roles = {
        reads-catalog = { role = "Reader", scope = local.catalog }
        # Terraform reads a secret to see that it is still there: azurerm knows no other way.
        reads-secrets = { role = "Key Vault Secrets User", scope = local.catalog }
        locks-state   = { role = "Storage Blob Data Contributor", scope = var.bootstrap.container_ids["state"] }
        saves-plans   = { role = "Storage Blob Data Contributor", scope = var.bootstrap.container_ids["plans"] }
        finds-images  = { role = "AcrPull", scope = module.application_registry.id }
      }
    }
    apply = {
      service_accounts = ["idp-runs/apply"]
      roles = {
        changes-catalog  = { role = "Contributor", scope = local.catalog }
        grants-a-few     = { role = "Role Based Access Control Administrator", scope = local.catalog, condition = local.grants_only }
        writes-secrets   = { role = "Key Vault Secrets Officer", scope = local.catalog }
        writes-state     = { role = "Storage Blob Data Contributor", scope = var.bootstrap.container_ids["state"] }
        reads-plans      = { role = "Storage Blob Data Contributor", scope = var.bootstrap.container_ids["plans"] }
        locks-production = { role = "Locks Contributor", scope = local.catalog }
        sends-logs       = { role = "Log Analytics Contributor", scope = module.observability.log_analytics_workspace_id }
        joins-endpoints  = { role = "Network Contributor", scope = var.network.subnet_ids["private-endpoints"] }
        joins-machines   = { role = "Network Contributor", scope = var.network.subnet_ids["machines"] }
        names-blob       = { role = "Private DNS Zone Contributor", scope = var.network.private_dns_zone_ids["blob"] }
        names-mssql      = { role = "Private DNS Zone Contributor", scope = var.network.private_dns_zone_ids["mssql"] }
        names-postgresql = { role = "Private DNS Zone Contributor", scope = var.network.private_dns_zone_ids["postgresql"] }
        names-redis      = { role = "Private DNS Zone Contributor", scope = var.network.private_dns_zone_ids["redis"] }
        names-vaults     = { role = "Private DNS Zone Contributor", scope = var.network.private_dns_zone_ids["vault"] }
      }
    }
    configure = {
      service_accounts = ["idp-runs/configure"]
      roles = {
        saves-its-log   = { role = "Storage Blob Data Contributor", scope = var.bootstrap.container_ids["plans"] }
        enters-machines = { role = "Virtual Machine Administrator Login", scope = local.catalog }
        finds-images    = { role = "AcrPull", scope = module.application_registry.id }
        removes-images  = { role = "AcrDelete", scope = module.application_registry.id }
        builds-images   = { role = "Container Registry Tasks Contributor", scope = module.application_registry.id }
      }
    }
  }
}

module "identity" {
  source   = "../../modules/identity"
  for_each = local.components

  name                = "id-idp-${each.key}"
  resource_group_name = azurerm_resource_group.aks.name
  location            = azurerm_resource_group.aks.location
  issuer              = module.aks.oidc_issuer_url
  service_accounts    = each.value.service_accounts
  roles               = each.value.roles
  tags                = local.tags
}
