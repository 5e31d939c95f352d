"""How a request changes and how its resource moves with it: pure, for every store, so that it happens inside the store's transaction."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from idp import names
from idp.errors import ConflictError
from idp.ledger.records import (
    Change,
    OutboxAction,
    RequestPhase,
    RequestRecord,
    ResourceRecord,
    ResourceStatus,
)

UNDONE: Final[frozenset[RequestPhase]] = frozenset({"cancelled", "rejected"})
LOOKED_AT: Final[frozenset[ResourceStatus]] = frozenset({"ready", "drifted"})
"""An inspection says something about these only: whatever else the resource is, a change is or was under way."""


CHANGEABLE: Final = (
    "phase",
    "run_uid",
    "permitted",
    "changes",
    "digest",
    "summary",
    "approved_digest",
    "outputs",
    "message",
)
"""Fields of a Change that are fields of the request."""


def locks(request: RequestRecord) -> bool:
    """Whether it is its resource's one open request: all are but inspections."""
    return request.verb != "inspect"


def lane(request: RequestRecord, action: OutboxAction) -> str:
    """Where its outbox row queues: endpoints serve one event at a time, and one stuck must not hold the others."""
    return f"publish/{request.capability}" if action == "publish" else action


def request_after(before: RequestRecord, change: Change, now: datetime) -> RequestRecord:
    """The request with the change's fields that are not None. Raises ConflictError for a new phase of a finished one."""
    fields = {name: getattr(change, name) for name in CHANGEABLE if getattr(change, name) is not None}
    after = replace(before, **fields)
    if before.open:
        return after if after.open else replace(after, finished_at=now, waits_in=None)
    if after.phase != before.phase:
        message = f"Request {before.id} is {before.phase} and cannot become {after.phase}: what is finished stays so."
        raise ConflictError(message)
    return after


def lives_in(resource: ResourceRecord, environment: str) -> bool:
    """One that moves lives in both until its run is permitted: until then it may have to go back."""
    applied = resource.applied_spec or {}
    return resource.status != "removed" and environment in {resource.environment, _environment(applied)}


def resource_accepted(request: RequestRecord, wanted: ResourceRecord, before: ResourceRecord | None) -> ResourceRecord:
    """The resource as it stands once `request` is accepted.

    `wanted` brings what the request says (stage, owner, spec, environment, expiry of a new one). What the resource
    already is comes from `before`, as read in the same transaction: a caller's older reading of it is not trusted.
    """
    if before is None or before.status == "removed":
        return replace(
            wanted,
            status="provisioning",
            was="removed",
            generation=before.generation + 1 if before else 1,
            applied_spec=None,
            outputs={},
            created_at=request.created_at,
            updated_at=request.created_at,
        )
    if request.verb == "deprovision":
        return replace(before, status="removing", was=before.status, updated_at=request.created_at)
    return replace(
        before,
        status="changing",
        was=before.status,
        generation=before.generation + 1,
        spec=wanted.spec,
        environment=wanted.environment,
        updated_at=request.created_at,
    )


def resource_adopted(request: RequestRecord, wanted: ResourceRecord, before: ResourceRecord | None) -> ResourceRecord:
    """The resource as `request` says that it is out there; `before` is None or removed. What it put out is not known."""
    made = resource_accepted(request, wanted, before)
    return replace(made, status="ready", applied_spec=request.spec, open_request=None)


def resource_forgotten(resource: ResourceRecord, now: datetime) -> ResourceRecord:
    """The resource once it is to be known no more."""
    return replace(_tombstone(resource), updated_at=now)


def resource_permitted(request: RequestRecord, resource: ResourceRecord) -> ResourceRecord:
    """The resource from the moment its run may change the world: the new spec may be true from here on."""
    return replace(resource, applied_spec=request.spec) if request.verb == "provision" else resource


def resource_after(request: RequestRecord, resource: ResourceRecord, now: datetime) -> ResourceRecord:
    """The resource after its finished `request`, given as it ended: phase, outputs, changes and permit are read from it."""
    if request.verb == "inspect":
        return _inspected(request, resource, now)
    freed = replace(resource, open_request=None, updated_at=now)
    if request.verb == "perform" and not names.is_placed(resource.key.capability):
        return freed
    if request.phase in UNDONE and not request.permitted:
        return _back(freed)
    if request.phase != "succeeded":
        # Of a placement, what served before goes on serving: that is what its steps promise.
        goes_on = request.verb == "perform" and resource.applied_spec is not None
        return replace(freed, status="ready" if goes_on else "failed")
    if request.verb == "deprovision":
        return _tombstone(freed)
    return replace(
        freed,
        status="ready",
        applied_spec=request.spec,
        outputs=resource.outputs if request.outputs is None else request.outputs,
    )


def placements_after(
    request: RequestRecord, placed: Iterable[ResourceRecord], now: datetime
) -> tuple[ResourceRecord, ...]:
    """The placements of the resource that `request` was to remove, given as it ended: they go with it, or stay."""
    if request.phase != "succeeded":
        return ()
    return tuple(replace(_tombstone(each), open_request=None, updated_at=now) for each in placed)


def _inspected(request: RequestRecord, resource: ResourceRecord, now: datetime) -> ResourceRecord:
    if request.phase != "succeeded" or resource.status not in LOOKED_AT or resource.open_request:
        return resource
    status: ResourceStatus = "drifted" if request.changes else "ready"
    return resource if status == resource.status else replace(resource, status=status, updated_at=now)


def _back(resource: ResourceRecord) -> ResourceRecord:
    """To what it was before the request, of which nothing came true."""
    if resource.was == "removed":
        return _tombstone(resource)
    applied = resource.applied_spec
    if applied is None:
        return replace(resource, status=resource.was)
    return replace(resource, status=resource.was, spec=applied, environment=_environment(applied))


def _environment(spec: Mapping[str, Any]) -> str | None:
    """Where it lives: the field of PlacedRequest."""
    named: str | None = spec.get("environment")
    return named


def _tombstone(resource: ResourceRecord) -> ResourceRecord:
    return replace(resource, status="removed", applied_spec=None, outputs={}, environment=None, expires_at=None)
