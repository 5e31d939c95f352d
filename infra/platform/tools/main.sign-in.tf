# Who signs in where. Argo CD and the proxy before the Rollouts dashboard prove who they are by their ServiceAccounts.
# Argo Workflows can only do so by a client secret: an operator makes it and puts it into the vault (docs/guides/azure.md).

module "sign_in_argoworkflows" {
  source = "../../modules/entra-application"

  name          = "idp: Argo Workflows"
  owners        = var.application_owners
  redirect_uris = ["https://${local.hosts["argoworkflows"]}/oauth2/callback"]
  members       = { operators = { group = var.groups.operators }, approvers = { group = var.groups.approvers }, developers = { group = var.groups.developers } }
}

module "sign_in_argocd" {
  source = "../../modules/entra-application"

  name                 = "idp: Argo CD"
  owners               = var.application_owners
  redirect_uris        = ["https://${local.hosts["argocd"]}/auth/callback"]
  native_redirect_uris = ["http://localhost:8085/auth/callback"] # argocd login --sso
  members              = { operators = { group = var.groups.operators }, developers = { group = var.groups.developers } }
  service_account      = { issuer = var.aks.oidc_issuer_url, namespace = "argocd", name = "argocd-server" }
}

module "sign_in_argorollouts" {
  source = "../../modules/entra-application"

  name            = "idp: Argo Rollouts"
  owners          = var.application_owners
  redirect_uris   = ["https://${local.hosts["argorollouts"]}/oauth2/callback"]
  members         = { operators = { group = var.groups.operators } }
  service_account = { issuer = var.aks.oidc_issuer_url, namespace = "argo-rollouts", name = "sign-in" }
}

module "sign_in_api" {
  source = "../../modules/entra-application"

  name                 = "idp: API"
  owners               = var.application_owners
  native_redirect_uris = ["http://localhost"]                     # idp login
  command_lines        = ["04b07795-8ddb-461a-bbee-02f9e1bf7b46"] # az account get-access-token
  claims_are_mapped    = true                                     # groups -> teams
  members              = { operators = { group = var.groups.operators, role = "operator" }, approvers = { group = var.groups.approvers, role = "approver" }, developers = { group = var.groups.developers, role = "developer" } }

  roles = {
    approver  = "Decides about changes of production."
    developer = "Asks for what the team needs."
    operator  = "Sees every team's requests."
  }
}
