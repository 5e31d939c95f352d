"""Terraform and Ansible, made ready for one assignment, and the files a step leaves in `out`."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from idp import steps
from idp.errors import StepError
from idp.runner.assignment import Assignment
from idp.runner.locks import may_go
from idp.runner.playbooks import Ansible
from idp.runner.processes import Processes
from idp.runner.providers import from_the_mirror, locked_root
from idp.runner.terraform import Terraform
from idp.runner.terraform_program import terraform_program


def terraform(assigned: Assignment, processes: Processes) -> Terraform | None:
    """None where the capability has no Terraform step, which would be its first. Initialised."""
    first = assigned.capability.steps[0]
    if not isinstance(first, steps.Terraform):
        return None
    root = assigned.infra / "targets" / assigned.target.name / first.module
    if not root.is_dir():
        message = f"Target {assigned.target.name} has no root for module {first.module}: {root} is missing; add it."
        raise StepError(message)
    driven = Terraform(
        program=terraform_program(assigned.settings.tf_bin, processes, assigned.work),
        root=locked_root(assigned, first.module),
        data=assigned.work,
        backend=assigned.target.backend,
        processes=processes,
        reaching={**from_the_mirror(assigned), **assigned.target.environment},
        may_go=may_go(assigned.settings.api_url, assigned.settings.token_file),
    )
    driven.init()
    return driven


def ansible(assigned: Assignment, processes: Processes) -> Ansible:
    """Ansible in a folder of its own."""
    return Ansible(
        folder=assigned.infra / "ansible",
        target=assigned.target,
        work=assigned.work / "ansible",
        processes=processes,
    )


def outputs_given(text: str) -> dict[str, Any]:
    """Terraform's outputs as the step before handed them on. Raises StepError."""
    try:
        outputs = json.loads(text)
    except ValueError:
        outputs = None
    if not isinstance(outputs, dict):
        message = "IDP_OUTPUTS is no JSON object; it must be what the Terraform step wrote."
        raise StepError(message)
    return outputs


def left(work: Path, files: Mapping[str, str]) -> None:
    """Write output parameters, one file each, without a line end."""
    folder = work / "out"
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
