"""A test-only catalogue: one capability whose Terraform takes its time, so that it can be stopped in the middle."""

import shutil
from datetime import timedelta
from pathlib import Path

from idp.capability import Catalog, Images, Lifetime, Quota, ResourceCapability, StagedRequest
from idp.steps import Terraform

PLATFORM = Path(__file__).resolve().parents[2]
ROOT = """
terraform {
  backend "local" {}
}
variable "domain" { type = string }
variable "capability" { type = string }
variable "team" { type = string }
variable "name" { type = string }
variable "stage" { type = string }
variable "world_folder" { type = string }

resource "terraform_data" "first" {
  input = var.name
}
resource "terraform_data" "slow" {
  input = terraform_data.first.output
  provisioner "local-exec" {
    command     = "echo under way; exec sleep 60"
    environment = { IDP_WORLD = var.world_folder }
  }
}
output "name" { value = terraform_data.first.output }
output "hidden" {
  value     = "a secret"
  sensitive = true
}
"""

CATALOG = Catalog(
    domain="example.org",
    images=Images(api="api:1", runner="runner:1"),
    capabilities=(
        ResourceCapability(
            name="slow",
            summary="Takes a minute.",
            owner="tests",
            request=StagedRequest,
            steps=(Terraform("slow"),),
            lifetime=Lifetime(default=timedelta(days=1), longest=timedelta(days=1)),
            quota=Quota(per_team=1),
        ),
    ),
)


def infra(folder: Path, *, target: str = "sandbox", root: str = ROOT) -> Path:
    """The module's root for one target and the platform's guardrails, made below `folder`."""
    made = folder / "infra"
    (made / "targets" / target / "slow").mkdir(parents=True)
    (made / "targets" / target / "slow" / "main.tf").write_text(root)
    shutil.copytree(PLATFORM / "infra" / "guardrails", made / "guardrails")
    return made
