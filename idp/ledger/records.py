"""What the ledger holds, as frozen values. Times are aware UTC; specs and data are JSON objects."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from idp.capability import Verb

RequestPhase = Literal[
    "accepted", "dispatched", "running", "awaiting-approval", "succeeded", "failed", "cancelled", "rejected"
]
OPEN_PHASES: frozenset[RequestPhase] = frozenset({"accepted", "dispatched", "running", "awaiting-approval"})

ResourceStatus = Literal["provisioning", "ready", "changing", "failed", "removing", "removed", "drifted"]

Approval = Literal["none", "required"]
OutboxAction = Literal["publish", "resume", "stop"]

HistoryKind = Literal[
    "accepted",  # stored; data: verb, requester, approval, rule
    "waiting",  # its resource is busy and its capability lets the newest wait; data: behind (request), superseded
    "admitted",  # its turn has come: the resource is its own now; data: after (request)
    "dispatched",  # the engine holds the event
    "started",  # the run was seen; data: run_uid
    "step",  # a step's phase changed; data: step, phase, message
    "planned",  # look is done; data: changes, digest, summary
    "awaiting-approval",  # the gate waits; data: approver_role
    "approved",  # data: by, digest, comment
    "rejected",  # data: by, comment
    "permitted",  # a step may change the world; data: step, digest, run_uid
    "refused-permit",  # data: step, reason: an alarm
    "released-lock",  # a lock that an ended run left on the resource's state may go; data: lock, holder, by (runs), step
    "cancelled",  # data: by; superseded_by where a newer one took its place
    "extended",  # data: by, expires_at
    "succeeded",  # data: outputs
    "failed",  # data: step, message
    "unlocked",  # an operator ended it, as its run has ended or is gone; data: by, reason, run
    "forgotten",  # the record of its resource was removed, and nothing else; data: by, reason, state_key, outputs
    "adopted",  # the resource was recorded as it is, without a run; data: by, reason
    "vanished",  # a permitted run is no longer there
    "alarm",  # something that must not happen did; data: message
]


@dataclass(frozen=True, kw_only=True, slots=True)
class ResourceKey:
    """Identity of a resource: unchanging."""

    capability: str
    team: str
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestRecord:
    """One wish, as accepted; `phase` and what follows it are the only parts that change."""

    id: str
    run: str
    capability: str
    verb: Verb
    key: ResourceKey
    """The resource it makes, changes, looks at or (for an action) acts on."""
    stage: str
    requester: str
    approval: Approval
    approver_role: str | None
    rule: str
    """Name of the policy rule that decided."""
    spec: Mapping[str, Any]
    """The validated request, defaults filled in: what the event's `request` carries."""
    created_at: datetime
    traceparent: str = ""
    idempotency_key: str | None = None
    body_sha256: str = ""
    """Of what the caller sent, to tell a repeated call from a key used twice."""
    retry_of: str | None = None
    carriers: tuple[str, ...] = ()
    """Whose change it carries beside the requester's (who pushed, commit authors; a team where not all are known), as
    `caller.known_as` writes them: none of them decides on it."""
    source: str | None = None
    """What in the git repository asked for it: `branch:main`, `pull:12`; None where somebody asked by hand."""
    waits_in: str | None = None
    """The queue in which it waits for its resource; None once that is its own, and for all that never wait."""
    phase: RequestPhase = "accepted"
    run_uid: str | None = None
    """Of the Workflow that was given the first permit, or was seen first; any other one is an alarm."""
    permitted: bool = False
    """Whether `run_uid` was ever allowed to change something; then it is never published again."""
    changes: int | None = None
    digest: str | None = None
    """What look planned."""
    summary: Mapping[str, Any] | None = None
    approved_digest: str | None = None
    outputs: Mapping[str, Any] | None = None
    message: str = ""
    finished_at: datetime | None = None

    @property
    def open(self) -> bool:
        """Whether anything may still happen to it."""
        return self.phase in OPEN_PHASES


@dataclass(frozen=True, kw_only=True, slots=True)
class ResourceRecord:
    """A thing a team has. `generation` counts accepted specs and is its ETag."""

    key: ResourceKey
    stage: str
    owner: str
    status: ResourceStatus
    generation: int
    spec: Mapping[str, Any]
    """The newest accepted."""
    applied_spec: Mapping[str, Any] | None
    """The newest one whose run succeeded, or got its permit and so may have changed something: what deprovision and
    inspect use."""
    outputs: Mapping[str, Any]
    environment: str | None
    expires_at: datetime | None
    open_request: str | None
    created_at: datetime
    updated_at: datetime
    was: ResourceStatus = "removed"
    """The status when its newest request was accepted: what it goes back to where nothing of that request came true."""

    @property
    def standing_spec(self) -> Mapping[str, Any]:
        """What is applied; the newest where nothing was yet. A change that waits for its approval, or failed, has no say."""
        return self.spec if self.applied_spec is None else self.applied_spec


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """An approver's word on one request; the ledger itself refuses one by the requester, or by whose change it carries."""

    request: str
    by: str
    verdict: Literal["approve", "reject"]
    digest: str
    comment: str
    at: datetime
    known_as: frozenset[str] = frozenset()
    """All that `by` goes by, as carriers of a change are written, teams too; `by` itself counts in any case."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HistoryEntry:
    """What happened to a request; `sequence` counts from 1 for each request, without gaps."""

    request: str
    sequence: int
    kind: HistoryKind
    at: datetime
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class OutboxRow:
    """Something the engine must be told. A `publish` row stays until its run is seen."""

    sequence: int
    request: str
    action: OutboxAction
    lane: str
    """Rows of one lane go one after another, as one endpoint serves them: `publish/<capability>`, `resume`, `stop`."""
    attempts: int
    next_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Acceptance:
    """All that one accepted request writes, in one transaction.

    Every request but an inspection locks `request.key`, an action's too (the resource it acts on): the ledger refuses a
    second open one, and sets and clears the resource's `open_request` itself.
    """

    request: RequestRecord
    resource: ResourceRecord | None
    """The resource as the request wants it, the placement for an action that acts on one; None for other actions and
    inspections, which change none.

    Used of it: key, stage, owner, spec, environment, and for a new one `expires_at`. All else (status, generation,
    applied spec, outputs, times, open request) the ledger sets in the same transaction: `transitions.resource_accepted`.
    """
    expected_generation: int | None
    """Of the resource before this; 0 when there must be none (or a removed one); None when it does not matter."""
    quota: int | None
    """At most so many resources of the capability and team that are not removed, this one included."""
    refuse_while_inhabited: bool = False
    """For an environment that is to go: refuse while a resource that is not removed lives in it."""
    expired_at: datetime | None = None
    """For a resource that goes as its life is over: refuse where that ends later, or never."""
    must_be_ready: tuple[ResourceKey, ...] = ()
    """Resources that must be there and not removed or removing: the environment it lives in, what an action acts on."""
    may_wait_in: str | None = None
    """The queue of its resource in which it may wait while that is busy. The newest waits: an older one there is cancelled."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Accepted:
    """The stored request; `replayed` when an earlier call with the same key stored it."""

    request: RequestRecord
    replayed: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One consistent change of one request: written in one transaction with its history, or not at all.

    Fields left None stay as they are. `phases` and `after` guard it: where they do not hold, nothing is written. The
    resource moves with its request inside the ledger, in the same transaction: `transitions.resource_after`.
    """

    request: str
    history: tuple[tuple[HistoryKind, Mapping[str, Any]], ...]
    phases: frozenset[RequestPhase] = OPEN_PHASES
    after: int | None = None
    """Only while the last history entry has this sequence: the change was worked out from the history up to there."""
    phase: RequestPhase | None = None
    run_uid: str | None = None
    permitted: bool | None = None
    changes: int | None = None
    digest: str | None = None
    summary: Mapping[str, Any] | None = None
    approved_digest: str | None = None
    outputs: Mapping[str, Any] | None = None
    message: str | None = None
    decision: Decision | None = None
    outbox: OutboxAction | None = None
    """Also tell the engine this."""
    close_outbox: frozenset[OutboxAction] = frozenset()
    """Rows of these kinds are done."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Forgetting:
    """The record of one resource is to be removed, and nothing in the world. Refused while it has an open request."""

    key: ResourceKey
    by: str
    reason: str
    state_key: str
    """Where the state of what is left out there lies. All three go into the history of its newest provision."""
    refuse_while_inhabited: bool
    """For an environment: refuse while a resource that is not removed lives in it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """Where a listing goes on: newest first, strictly older than `before` (an id or `<team>/<name>`); at most `limit`."""

    before: str | None = None
    limit: int = 50
