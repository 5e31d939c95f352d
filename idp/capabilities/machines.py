"""Machines: a virtual machine of a team's own, for what does not run in a container."""

from datetime import timedelta

from pydantic import Field

from idp.capability import Lifetime, Quota, ResourceCapability, StagedRequest
from idp.fields import ResourceName, Size, SshPublicKey
from idp.steps import Playbook, Terraform


class MachineRequest(StagedRequest):
    """Each field is a variable of the Terraform module `machine`."""

    environment: ResourceName = Field(
        description="The team's environment it lives in, whose identity it may act as.", examples=["checkout"]
    )
    administrator_key: SshPublicKey = Field(
        description="Who may enter by SSH, from inside the network: an Ed25519 public key. There is no password."
    )
    size: Size = Field(
        default="small", description="small, medium or large; how large a stage may have it, the platform says."
    )
    disk_gib: int = Field(default=64, ge=32, le=1024, description="Its disk, with the system on it.")


machines = ResourceCapability(
    name="machines",
    summary="A Linux machine inside the network, hardened and patched, entered by key.",
    owner="platform",
    request=MachineRequest,
    steps=(Terraform("machine"), Playbook("machine")),
    lifetime=Lifetime(default=timedelta(days=14), longest=timedelta(days=180)),
    quota=Quota(per_team=5),
    examples={
        "A small one": {
            "team": "payments",
            "name": "batch",
            "environment": "checkout",
            "administrator_key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPKSUxyl1yuBBgYv2VYyHAvnlJkJWYDQDRMXZqK4ssK",
        },
    },
)
