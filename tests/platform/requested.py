"""A root of any target with the values that the runner would give it for one request."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from idp.capability import Capability
from idp.catalog import CATALOG
from idp.runner.assignment import assignment
from idp.runner.variables import terraform_variables
from idp.settings import RunnerSettings
from idp.steps import Terraform as TerraformStep
from tests.platform.catalogue import STATE, TOLD, WITH_TERRAFORM
from tests.platform.ground import INFRA
from tests.platform.terraform import Terraform

BACKENDS: dict[str, dict[str, Any]] = {
    "azure": {"state_backend": STATE, "target_settings": TOLD},
    "kubernetes": {"state_backend": {"namespace": "idp-runs"}},
    "sandbox": {"state_backend": {"folder": "/pretend"}},
}
"""Target -> what the runner is told of it; sandbox writes below the folder."""

REQUESTED = [(target, capability) for target in sorted(BACKENDS) for capability in WITH_TERRAFORM]


def examples(capability: Capability) -> dict[str, dict[str, Any]]:
    """The first example as it is, and in production: in an environment, where it can live in one."""
    first = dict(next(iter(capability.examples.values())))
    placed = {"environment": "checkout"} if "environment" in capability.request.model_fields else {}
    return {"as in the first example": first, "in production": {**first, **placed, "stage": "prod"}}


def root(
    folder: Path, terraform: Terraform, target: str, capability: Capability, request: Mapping[str, Any], **told: Any
) -> Path:
    """In a copy of infra/, initialised, with its state on disk."""
    step = capability.steps[0]
    assert isinstance(step, TerraformStep)
    for part in ("catalog", "modules", f"targets/{target}"):
        shutil.copytree(
            INFRA / part, folder / part, ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*"), dirs_exist_ok=True
        )
    where = folder / "targets" / target / step.module
    (where / "backend_override.tf").write_text('terraform {\n  backend "local" {}\n}\n')
    settings = RunnerSettings(
        request=json.dumps(request), image="runner:1", target=target, **{**BACKENDS[target], **told}
    )
    (where / "terraform.tfvars.json").write_text(
        terraform_variables(assignment(settings, CATALOG, capability.name, folder))
    )
    terraform(where, "init", "-input=false")
    return where
