# Sign-in of people. No client secret is made here: it would stay in the state in clear text.

locals {
  # Entra's id of "no particular role".
  default_role = "00000000-0000-0000-0000-000000000000"
}

resource "random_uuid" "role" {
  for_each = var.roles
}

resource "random_uuid" "scope" {
  count = min(length(var.command_lines), 1)
}

resource "azuread_application" "this" {
  display_name            = var.name
  sign_in_audience        = "AzureADMyOrg"
  owners                  = var.owners
  prevent_duplicate_names = true
  # Only groups that are assigned: everyone's whole list would not fit into a token.
  group_membership_claims = ["ApplicationGroup"]

  api {
    requested_access_token_version = 2
    mapped_claims_enabled          = var.claims_are_mapped

    dynamic "oauth2_permission_scope" {
      for_each = random_uuid.scope[*].result

      content {
        id                         = oauth2_permission_scope.value
        value                      = "access"
        type                       = "User"
        enabled                    = true
        admin_consent_display_name = "Use ${var.name}"
        admin_consent_description  = "Call it as the person who is signed in."
      }
    }
  }

  dynamic "app_role" {
    for_each = var.roles

    content {
      id                   = random_uuid.role[app_role.key].result
      value                = app_role.key
      display_name         = app_role.key
      description          = app_role.value
      allowed_member_types = ["User"]
      enabled              = true
    }
  }

  optional_claims {
    id_token {
      name = "groups"
    }
    access_token {
      name = "groups"
    }
  }

  web {
    redirect_uris = var.redirect_uris

    implicit_grant {
      access_token_issuance_enabled = false
      id_token_issuance_enabled     = false
    }
  }

  public_client {
    redirect_uris = var.native_redirect_uris
  }
}

# Nobody is asked for consent by programs that people have anyway; who may sign in is as above.
resource "azuread_application_pre_authorized" "this" {
  for_each = var.command_lines

  application_id       = azuread_application.this.id
  authorized_client_id = each.value
  permission_ids       = random_uuid.scope[*].result
}

resource "azuread_service_principal" "this" {
  client_id                    = azuread_application.this.client_id
  owners                       = var.owners
  app_role_assignment_required = true # who is not assigned cannot sign in at all
}

resource "azuread_app_role_assignment" "members" {
  for_each = var.members

  app_role_id         = each.value.role == null ? local.default_role : random_uuid.role[each.value.role].result
  principal_object_id = each.value.group
  resource_object_id  = azuread_service_principal.this.object_id

  # A role must be the application's before anyone can have it.
  depends_on = [azuread_application.this]
}

resource "azuread_application_federated_identity_credential" "this" {
  for_each = var.service_account == null ? {} : { this = var.service_account }

  application_id = azuread_application.this.id
  display_name   = "${each.value.namespace}-${each.value.name}"
  description    = "The ServiceAccount that acts as the application."
  issuer         = each.value.issuer
  subject        = "system:serviceaccount:${each.value.namespace}:${each.value.name}"
  audiences      = ["api://AzureADTokenExchange"]
}
