# Each rule of each variable refuses what it is for; mock providers, so nothing is reached.

mock_provider "azurerm" {}

mock_provider "azuread" {}

mock_provider "helm" {}

mock_provider "kubernetes" {}

mock_provider "random" {}

override_data {
  target = data.azurerm_kubernetes_cluster.this

  values = {
    kube_config = [{ host = "https://aks-test", cluster_ca_certificate = "dGVzdA==" }]
  }
}

variables {
  subscription_id    = "00000000-0000-0000-0000-000000000000"
  acme               = { email = "operators@example.com" }
  groups             = { operators = "11111111-1111-1111-1111-111111111111", approvers = "11111111-1111-1111-1111-111111111111", developers = "11111111-1111-1111-1111-111111111111" }
  application_owners = ["11111111-1111-1111-1111-111111111111"]
  idp                = { repository = "https://example.com/idp", revision = "v1.0.0" }
  network            = { edge_source_ranges = [] }
  aks = {
    cluster_name         = "aks-test"
    resource_group_name  = "RG-test"
    oidc_issuer_url      = "https://issuer"
    tenant_id            = "11111111-1111-1111-1111-111111111111"
    key_vault_uri        = "https://kv-test.vault.azure.net/"
    postgresql_fqdn      = "psql-test.postgres.database.azure.com"
    storage_account_name = "sttest"
    client_ids           = { for name in ["api", "apply", "argo-workflows", "cert-manager", "configure", "external-dns", "external-secrets", "look"] : name => name }
    archive_role         = "id-test"
    ledger_role          = "id-api"
    for_runs             = { location = "westeurope" }
  }
}

run "a_subscription_by_name_is_refused" {
  command = plan

  variables {
    subscription_id = "production"
  }

  expect_failures = [var.subscription_id]
}

run "a_pipeline_and_the_production_issuer_are_accepted" {
  command = plan

  variables {
    kubelogin_method = "workloadidentity"
    acme             = { email = "operators@example.com", issuer = "production" }
  }

  assert {
    condition     = local.cluster.exec.args[2] == "workloadidentity"
    error_message = "kubelogin proves who runs this by the chosen method."
  }
}

run "a_password_for_kubelogin_is_refused" {
  command = plan

  variables {
    kubelogin_method = "spn"
  }

  expect_failures = [var.kubelogin_method]
}

run "an_account_without_mail_is_refused" {
  command = plan

  variables {
    acme = { email = "nobody" }
  }

  expect_failures = [var.acme]
}

run "another_issuer_is_refused" {
  command = plan

  variables {
    acme = { email = "operators@example.com", issuer = "own" }
  }

  expect_failures = [var.acme]
}

run "another_exposure_is_refused" {
  command = plan

  variables {
    edge    = { exposure = "open" }
    network = { edge_source_ranges = ["203.0.113.0/24"] }
  }

  expect_failures = [var.edge]
}

run "a_public_edge_that_nobody_may_reach_is_refused" {
  command = plan

  variables {
    edge = { exposure = "public" }
  }

  expect_failures = [var.edge]
}

run "an_edge_of_one_replica_is_refused" {
  command = plan

  variables {
    edge = { replicas = 1 }
  }

  expect_failures = [var.edge]
}

run "manifests_in_clear_text_are_refused" {
  command = plan

  variables {
    idp = { repository = "http://example.com/idp", revision = "v1.0.0" }
  }

  expect_failures = [var.idp]
}

run "a_branch_is_refused" {
  command = plan

  variables {
    idp = { repository = "https://example.com/idp", revision = "main" }
  }

  expect_failures = [var.idp]
}
