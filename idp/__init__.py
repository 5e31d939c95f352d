"""The library's public names, nothing else."""

from idp.capability import (
    ActionCapability,
    ActionRequest,
    Capability,
    CapabilityRequest,
    Catalog,
    Images,
    Lifetime,
    PlacedRequest,
    Quota,
    ResourceCapability,
    StagedRequest,
    Verb,
)
from idp.errors import IdpError
from idp.steps import Playbook, PlaybookChoice, Step, Terraform

__all__ = [
    "ActionCapability",
    "ActionRequest",
    "Capability",
    "CapabilityRequest",
    "Catalog",
    "IdpError",
    "Images",
    "Lifetime",
    "PlacedRequest",
    "Playbook",
    "PlaybookChoice",
    "Quota",
    "ResourceCapability",
    "StagedRequest",
    "Step",
    "Terraform",
    "Verb",
]
