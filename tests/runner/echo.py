"""A test-only catalogue: one capability with a text that may be anything, which its module and playbook write to files.

`infra(folder)` is the platform's own infra/ with the module, the target root and the playbook added.
"""

import shutil
from datetime import timedelta
from pathlib import Path

from pydantic import ConfigDict, Field

from idp.capability import Catalog, Images, Lifetime, Quota, ResourceCapability, StagedRequest
from idp.steps import Playbook, Terraform
from tests.runner.steps import ROOT


class EchoRequest(StagedRequest):
    """`text` and `texts` know no rule but their length."""

    model_config = ConfigDict(str_max_length=64 * 1024)

    text: str = Field(default="", description="Anything.")
    texts: list[str] = Field(default_factory=list, description="Anything, many times.")
    named: dict[str, str] = Field(default_factory=dict, description="Anything by any name.")


CATALOG = Catalog(
    domain="example.org",
    images=Images(api="api:1", runner="runner:1"),
    capabilities=(
        ResourceCapability(
            name="echoes",
            summary="Writes down what it is told.",
            owner="tests",
            request=EchoRequest,
            steps=(Terraform("echo"), Playbook("echo")),
            lifetime=Lifetime(default=timedelta(days=1), longest=timedelta(days=1)),
            quota=Quota(per_team=1),
        ),
    ),
)

MAIN = r"""
terraform {
  required_version = ">= 1.11"
  backend "local" {}
}

variable "domain" { type = string }
variable "capability" { type = string }
variable "team" { type = string }
variable "name" { type = string }
variable "stage" { type = string }
variable "world_folder" { type = string }
variable "text" { type = string }
variable "texts" { type = list(string) }
variable "named" { type = map(string) }

# An environment variable ends at NUL: what has one is kept in the state only.
resource "terraform_data" "echo" {
  for_each = { for number, text in concat(var.texts, [var.text]) : format("%03d", number) => text if !strcontains(text, "\u0000") }
  input    = each.value

  provisioner "local-exec" {
    quiet       = true
    command     = "mkdir -p \"$IDP_FOLDER\" && printf '%s' \"$IDP_TEXT\" > \"$IDP_FOLDER/$IDP_FILE\""
    environment = { IDP_TEXT = each.value, IDP_FOLDER = "${var.world_folder}/terraform", IDP_FILE = each.key }
  }
}

output "texts" { value = concat(var.texts, [var.text]) }
output "named" { value = var.named }
"""

PLAYBOOK = r"""
---
- name: Write down what was said
  hosts: platform
  gather_facts: false
  tasks:
    - name: Make the folder
      ansible.builtin.file:
        path: "{{ world_folder }}/ansible"
        state: directory
        mode: "0700"

    - name: Write all
      ansible.builtin.copy:
        content: "{{ {'texts': request.texts + [request.text], 'named': request.named, 'outputs': outputs} | to_json }}"
        dest: "{{ world_folder }}/ansible/all.json"
        mode: "0600"

    - name: Write the text
      ansible.builtin.copy:
        content: "{{ request.text }}"
        dest: "{{ world_folder }}/ansible/text"
        mode: "0600"
"""


def infra(folder: Path) -> Path:
    """Made below `folder`."""
    made = folder / "infra"
    shutil.copytree(ROOT / "infra", made)
    root = made / "targets" / "sandbox" / "echo"
    root.mkdir()
    (root / "main.tf").write_text(MAIN)
    (made / "ansible" / "playbooks" / "echo.yml").write_text(PLAYBOOK)
    return made
