# One thing that a cluster without a cloud does not have: what it would be is kept in Terraform's state, and nowhere else.

resource "terraform_data" "thing" {
  input            = { kind = var.kind, name = var.name, properties = jsonencode(var.properties) }
  triggers_replace = "${var.kind}/${var.name}"
}
