"""The library's public names, nothing else."""

from idp.capability import (
    ActionCapability,
    ActionRequest,
    Capability,
    CapabilityRequest,
    Catalog,
    Images,
    Lifetime,
    PlacedActionRequest,
    PlacedRequest,
    Quota,
    ResourceCapability,
    StagedRequest,
    Verb,
)
from idp.errors import IdpError
from idp.steps import Build, Playbook, PlaybookChoice, Registration, Rollout, Settings, Step, Terraform

__all__ = [
    "ActionCapability",
    "ActionRequest",
    "Build",
    "Capability",
    "CapabilityRequest",
    "Catalog",
    "IdpError",
    "Images",
    "Lifetime",
    "PlacedActionRequest",
    "PlacedRequest",
    "Playbook",
    "PlaybookChoice",
    "Quota",
    "Registration",
    "ResourceCapability",
    "Rollout",
    "Settings",
    "StagedRequest",
    "Step",
    "Terraform",
    "Verb",
]
