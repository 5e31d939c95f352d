"""Redis: a cache or a store in memory, entered by the identity of its environment's workloads."""

from datetime import timedelta
from typing import Literal

from pydantic import Field

from idp.capability import Lifetime, PlacedRequest, Quota, ResourceCapability
from idp.fields import ResourceName, Size
from idp.steps import Playbook, Terraform


class RedisRequest(PlacedRequest):
    """Each field is a variable of the Terraform module `redis`."""

    environment: ResourceName = Field(description="The team's environment it lives in, whose workloads may enter it.")
    size: Size = Field(
        default="small", description="small, medium or large; how large a stage may have it, the platform says."
    )
    purpose: Literal["cache", "store"] = Field(
        default="cache",
        description="cache: what was not read for long goes when memory is full."
        " store: nothing goes, and all is written to disk each second.",
    )


redis = ResourceCapability(
    name="redis",
    summary="Redis, as a cache or as a store, inside the network, without access keys.",
    owner="platform",
    request=RedisRequest,
    steps=(Terraform("redis"), Playbook("secret_access")),
    lifetime=Lifetime(default=timedelta(days=30), longest=timedelta(days=365)),
    quota=Quota(per_team=5),
    examples={
        "A cache": {"team": "payments", "name": "sessions", "environment": "checkout"},
        "A store in production": {
            "team": "payments",
            "name": "baskets",
            "stage": "prod",
            "environment": "checkout",
            "size": "medium",
            "purpose": "store",
        },
    },
)
