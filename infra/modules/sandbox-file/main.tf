# One thing of the pretend world: one file, written at create and removed at destroy.
# Values reach the commands through the environment, never as text in a command.

locals {
  path       = "${var.folder}/${var.kind}.${var.name}.json"
  properties = jsonencode(var.properties)

  # A file that is gone or was changed by hand gets a new revision, so that the plan replaces it as a cloud's would.
  found    = try(jsondecode(file(local.path)), null)
  revision = try(jsonencode(local.found.properties) == local.properties, false) ? local.found.revision : plantimestamp()
}

# Outlives replacements of the file, and is made by nothing that can fail: Terraform runs no destroy provisioner for a
# resource whose creation was cut short, and the file would stay.
resource "terraform_data" "thing" {
  input            = { path = local.path, properties = local.properties }
  triggers_replace = local.path

  provisioner "local-exec" {
    when        = destroy
    quiet       = true
    command     = "rm -f -- \"$IDP_PATH\" \"$IDP_PATH.new\""
    environment = { IDP_PATH = self.input.path }
  }
}

resource "terraform_data" "file" {
  input            = local.properties
  triggers_replace = [terraform_data.thing.id, local.properties, local.revision]

  provisioner "local-exec" {
    quiet   = true
    command = "mkdir -p -- \"$IDP_FOLDER\" && printf '%s' \"$IDP_CONTENT\" > \"$IDP_PATH.new\" && mv -f -- \"$IDP_PATH.new\" \"$IDP_PATH\""
    environment = {
      IDP_CONTENT = jsonencode({ properties = var.properties, revision = local.revision })
      IDP_FOLDER  = var.folder
      IDP_PATH    = local.path
    }
  }
}

check "unchanged" {
  assert {
    # Compared with what was applied: `output` is unknown while a change is planned, and then there is nothing to say yet.
    # filebase64, as Terraform holds `file` of one path to one result from plan to apply. `input` makes this wait for the file.
    condition = alltrue([
      terraform_data.file.input == local.properties,
      try(jsonencode(jsondecode(base64decode(filebase64(terraform_data.thing.output.path))).properties), "") == terraform_data.thing.output.properties,
    ])
    error_message = "The ${var.kind} ${var.name} is gone or was changed by hand."
  }
}
