"""PostgreSQL: a server of a team's own, entered by the identity of its environment's workloads."""

from datetime import timedelta
from typing import Literal

from pydantic import Field

from idp.capability import Lifetime, PlacedRequest, Quota, ResourceCapability
from idp.fields import ResourceName, Size
from idp.steps import Playbook, Terraform


class PostgresqlRequest(PlacedRequest):
    """Each field is a variable of the Terraform module `postgresql`."""

    environment: ResourceName = Field(description="The team's environment it lives in, whose workloads may enter it.")
    size: Size = Field(
        default="small", description="small, medium or large; how large a stage may have it, the platform says."
    )
    major_version: Literal["16", "17", "18"] = Field(
        default="17", description="Major version of PostgreSQL. A later one is another server beside it."
    )
    backup_days: int = Field(default=7, ge=7, le=35, description="Days back to which it can be restored.")


postgresql = ResourceCapability(
    name="postgresql",
    summary="A PostgreSQL server with a database, inside the network, without passwords.",
    owner="platform",
    request=PostgresqlRequest,
    steps=(Terraform("postgresql"), Playbook("secret_access")),
    lifetime=Lifetime(default=timedelta(days=30), longest=timedelta(days=365)),
    quota=Quota(per_team=5),
    examples={
        "A small one": {"team": "payments", "name": "orders", "environment": "checkout"},
        "In production": {
            "team": "payments",
            "name": "bookings",
            "stage": "prod",
            "environment": "checkout",
            "size": "large",
            "backup_days": 35,
        },
    },
)
