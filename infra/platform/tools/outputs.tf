output "hosts" {
  description = "Where the platform is reached."
  value       = { for name, host in local.hosts : name => "https://${host}" }
}

output "client_ids" {
  description = "Applications in Entra: what idp's settings and the guide's steps name."
  value = {
    api           = module.sign_in_api.client_id
    argocd        = module.sign_in_argocd.client_id
    argorollouts  = module.sign_in_argorollouts.client_id
    argoworkflows = module.sign_in_argoworkflows.client_id
  }
}
