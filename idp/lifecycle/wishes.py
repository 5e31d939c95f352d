"""What somebody wants, before anything is decided about it."""

import json
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from idp import names
from idp.capability import (
    ActionCapability,
    Capability,
    CapabilityRequest,
    PlacedActionRequest,
    StagedRequest,
    Verb,
)
from idp.ledger.records import ResourceKey

ENVIRONMENTS: Final = "environments"
"""The capability whose resources others live in (PlacedRequest.environment), and have placements in."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """One wish about one resource."""

    capability: Capability
    verb: Verb
    team: str
    name: str
    spec: CapabilityRequest | None = None
    """The validated request of provision and perform; the other verbs use the applied one."""
    carried: CapabilityRequest | None = None
    """The request as its run is told it, where that is more than `spec`."""
    change: bool = False
    """Provision what is already there (PUT)."""
    generations: frozenset[int] | None = None
    """Those the caller has read (If-Match); None where that does not matter."""
    expired_at: datetime | None = None
    """Removed only as its life was over then, and not where it was extended since."""
    idempotency_key: str | None = None
    traceparent: str = ""
    carriers: frozenset[str] = frozenset()
    """Whose change it carries (`caller.carrier`): none of them may approve it."""
    unsigned: bool = False
    """Nobody said who brought it: it was found, and asks by itself."""
    source: str | None = None
    """What in a git repository asked for it: `branch:main`, `pull:12`."""

    @property
    def key(self) -> ResourceKey:
        """The resource it is about; for an action, the one acted on, or its placement in the environment named."""
        owner = self.owner
        if isinstance(self.spec, PlacedActionRequest):
            placement = names.placement(owner.name, self.spec.environment)
            return ResourceKey(capability=names.placed(owner.capability), team=owner.team, name=placement)
        return owner

    @property
    def owner(self) -> ResourceKey:
        """The resource it is about, not its placement."""
        capability = self.capability
        owner = capability.acts_on if isinstance(capability, ActionCapability) else capability.name
        return ResourceKey(capability=owner, team=self.team, name=self.name)

    @property
    def stage(self) -> str | None:
        """The stage it names, None where it is the resource's."""
        return self.spec.stage if isinstance(self.spec, StagedRequest) else None

    @property
    def queue(self) -> str | None:
        """Where it may wait while the resource is busy; None where it is refused then."""
        capability = self.capability
        if not isinstance(capability, ActionCapability) or capability.waits is None or self.spec is None:
            return None
        values = [getattr(self.spec, field) for field in capability.waits.newest_per]
        return names.queue(capability.name, values)

    def body_sha256(self) -> str:
        """Tells a repeated call from an Idempotency-Key used twice; blanks and the order of keys do not matter."""
        body = self.spec.model_dump(mode="json") if self.spec else None
        return sha256(json.dumps([self.change, body], sort_keys=True).encode()).hexdigest()
