"""Storage: a storage account with blob containers."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from idp.capability import Lifetime, PlacedRequest, Quota, ResourceCapability
from idp.fields import StorageContainerName
from idp.steps import Terraform


def each_container_is_named_once(containers: list[str]) -> list[str]:
    """Two of one name would be one container."""
    if len(set(containers)) < len(containers):
        message = "each container is named once"
        raise ValueError(message)
    return containers


class StorageRequest(PlacedRequest):
    """Each field is a variable of the Terraform module `storage`."""

    containers: Annotated[
        list[StorageContainerName],
        Field(min_length=1, max_length=20, json_schema_extra={"uniqueItems": True}),
        AfterValidator(each_container_is_named_once),
    ] = Field(description="Blob containers to make, each named once.")
    replication: Literal["LRS", "ZRS", "GZRS"] = Field(
        default="ZRS", description="Copies in one zone, over zones, or over zones and a second region."
    )
    retention_days: int = Field(default=7, ge=1, le=365, description="Days a deleted blob can be brought back.")


storage = ResourceCapability(
    name="storage",
    summary="A storage account with private blob containers.",
    owner="platform",
    request=StorageRequest,
    steps=(Terraform("storage"),),
    lifetime=Lifetime(default=timedelta(days=30), longest=timedelta(days=365)),
    quota=Quota(per_team=20),
    examples={
        "Two containers": {"team": "payments", "name": "receipts", "containers": ["invoices", "exports"]},
        "In production": {
            "team": "payments",
            "name": "ledger",
            "stage": "prod",
            "containers": ["bookings"],
            "replication": "GZRS",
        },
    },
)
