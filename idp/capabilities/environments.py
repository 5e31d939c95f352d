"""Environments: where a team's applications and resources live."""

from datetime import timedelta

from pydantic import Field

from idp.capability import Lifetime, Quota, ResourceCapability, StagedRequest
from idp.steps import Playbook, Terraform


class EnvironmentRequest(StagedRequest):
    """Each field is a variable of the Terraform module `environment`."""

    cpu: int = Field(default=4, ge=1, le=64, description="Cores, summed over all pods.")
    memory_gib: int = Field(default=8, ge=1, le=256, description="Memory in GiB, summed over all pods.")


environments = ResourceCapability(
    name="environments",
    summary="An isolated namespace with quota, network policy and DNS, for one team.",
    owner="platform",
    request=EnvironmentRequest,
    steps=(Terraform("environment"), Playbook("environment")),
    lifetime=Lifetime(default=timedelta(days=14), longest=timedelta(days=90)),
    quota=Quota(per_team=10),
    examples={
        "A small one": {"team": "payments", "name": "checkout"},
        "Room for load tests": {"team": "payments", "name": "load", "stage": "staging", "cpu": 16, "memory_gib": 64},
    },
)
