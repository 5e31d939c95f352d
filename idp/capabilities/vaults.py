"""Vaults: where a team keeps secrets, and which of them its applications get."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from idp.capability import Lifetime, Quota, ResourceCapability, StagedRequest
from idp.fields import ResourceName, SettingName, VaultSecretName
from idp.steps import Playbook, Terraform


class VaultRequest(StagedRequest):
    """Each field is a variable of the Terraform module `vault`. A secret is named here and written in the vault alone."""

    environment: ResourceName = Field(
        description="The team's environment it lives in, whose applications read it.", examples=["checkout"]
    )
    secrets: Annotated[dict[SettingName, VaultSecretName], Field(max_length=64)] = Field(
        default={},
        description="What the environment's namespace gets of it: a key of the Secret, and its name in the vault.",
    )


vaults = ResourceCapability(
    name="vaults",
    summary="A vault for a team's secrets, and those of them that an environment's applications get.",
    owner="platform",
    request=VaultRequest,
    steps=(Terraform("vault"), Playbook("secret_access")),
    lifetime=Lifetime(default=timedelta(days=30), longest=timedelta(days=365)),
    quota=Quota(per_team=10),
    examples={
        "One secret for an application": {
            "team": "payments",
            "name": "mail",
            "environment": "checkout",
            "secrets": {"SMTP_PASSWORD": "smtp-password"},
        },
    },
)
