"""SQL Server: a server of a team's own, entered by the identity of its environment's workloads."""

from datetime import timedelta

from pydantic import Field

from idp.capability import Lifetime, PlacedRequest, Quota, ResourceCapability
from idp.fields import ResourceName, Size
from idp.steps import Playbook, Terraform


class MssqlRequest(PlacedRequest):
    """Each field is a variable of the Terraform module `mssql`."""

    environment: ResourceName = Field(description="The team's environment it lives in, whose workloads may enter it.")
    size: Size = Field(
        default="small", description="small, medium or large; how large a stage may have it, the platform says."
    )
    backup_days: int = Field(default=7, ge=7, le=35, description="Days back to which it can be restored.")


mssql = ResourceCapability(
    name="mssql",
    summary="A SQL Server with a database, inside the network, without passwords.",
    owner="platform",
    request=MssqlRequest,
    steps=(Terraform("mssql"), Playbook("secret_access")),
    lifetime=Lifetime(default=timedelta(days=30), longest=timedelta(days=365)),
    quota=Quota(per_team=5),
    examples={
        "One that sleeps when nobody asks": {"team": "payments", "name": "reports", "environment": "checkout"},
        "In production": {
            "team": "payments",
            "name": "invoicing",
            "stage": "prod",
            "environment": "checkout",
            "size": "medium",
            "backup_days": 35,
        },
    },
)
