"""What the API shows of requests, resources and capabilities: its JSON shapes."""

from datetime import datetime
from typing import Any, Literal, TypeVar

from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field

from idp import names
from idp.access.caller import Caller
from idp.api.parts import Parts
from idp.api.ui import ArgoUI
from idp.capability import ActionCapability, Capability, ResourceCapability, Verb
from idp.ledger.records import (
    Decision,
    HistoryEntry,
    HistoryKind,
    RequestPhase,
    RequestRecord,
    ResourceKey,
    ResourceRecord,
    ResourceStatus,
)
from idp.lifecycle.explain import Explanation

Json = dict[str, Any]
T = TypeVar("T")


class View(BaseModel):
    """Shown, never sent."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DecisionView(View):
    """An approver's word."""

    by: str
    verdict: Literal["approve", "reject"]
    comment: str
    at: datetime


class ApprovalView(View):
    """Whether another person must agree, and what was decided."""

    required: bool
    role: str | None
    digest: str | None = Field(
        description="Of the plan to decide on: plan, image and request. Send it back with the decision."
    )
    not_by: list[str] = Field(
        description="Who may not decide, with the role or without: who asked, and whose change it carries; `(team:NAME)` is every"
        " member of a team, where not all are known whose change that is."
    )
    decisions: list[DecisionView]


class PlanView(View):
    """What looking found."""

    changes: int
    digest: str | None
    summary: Json | None


class RequestView(View):
    """One wish, and how far it came."""

    id: str
    capability: str
    verb: Verb
    team: str
    name: str
    stage: str
    phase: RequestPhase
    requester: str
    source: str | None = Field(description="What in a git repository asked for it: `branch:main`, `pull:12`.")
    waiting: bool = Field(description="Whether it waits until its resource is free.")
    run: str = Field(
        description="Name of the Workflow; where a person sees it is the link `ui`, if there is such a place."
    )
    created_at: datetime
    finished_at: datetime | None
    message: str
    approval: ApprovalView
    plan: PlanView | None
    outputs: Json | None
    spec: Json
    links: dict[str, str]


class ResourceView(View):
    """A thing a team has."""

    capability: str
    team: str
    name: str
    stage: str
    status: ResourceStatus
    generation: int = Field(description="Counts accepted specs; the ETag.")
    owner: str
    spec: Json
    outputs: Json
    environment: str | None
    expires_at: datetime | None
    open_request: str | None
    created_at: datetime
    updated_at: datetime
    links: dict[str, str]


class HistoryView(View):
    """Something that happened to a request."""

    sequence: int
    kind: HistoryKind
    at: datetime
    data: Json
    links: dict[str, str] = Field(description="`ui`: where a person sees the step, if there is such a place.")


class ApprovalNeed(View):
    """Who must agree."""

    required: bool
    role: str | None


class QuotaView(View):
    """How many a team may have, and has."""

    per_team: int
    used: int


class ExplanationView(View):
    """What would happen. `rule` is the policy's, or names what stands in the way."""

    verdict: Literal["allow", "deny"]
    rule: str
    reason: str
    approval: ApprovalNeed
    approvers: str | None = Field(description="Who may approve.")
    steps: list[str]
    names: dict[str, str]
    quota: QuotaView | None
    expires_at: datetime | None
    waits_behind: str | None = Field(
        description="The resource's open request: this one would wait until that is finished, and any older one that"
        " waits in its place would be cancelled."
    )


class CapabilityView(View):
    """Something the platform can do for a team."""

    name: str
    kind: Literal["resource", "action"]
    summary: str
    owner: str
    verbs: list[Verb]
    acts_on: str | None
    waits: bool = Field(description="Whether the newest request waits for a busy resource, and is not refused.")
    schema_: str = Field(alias="schema", description="Where in /openapi.json its request is described.")
    default_lifetime_days: float | None
    longest_lifetime_days: float | None
    quota_per_team: int | None
    examples: dict[str, Json]
    links: dict[str, str]


class CallerView(View):
    """Who is asking."""

    name: str
    teams: list[str]
    roles: list[str]


class RequestList(View):
    """A page; the Link header leads to the next."""

    items: list[RequestView]


class ResourceList(View):
    """A page; the Link header leads to the next."""

    items: list[ResourceView]


class HistoryList(View):
    """All of a request's history."""

    items: list[HistoryView]


class CapabilityList(View):
    """All of them."""

    items: list[CapabilityView]


def answer(view: View, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """As JSON, written by pydantic-core."""
    return Response(view.model_dump_json(by_alias=True), status, media_type="application/json", headers=headers)


async def request_view(parts: Parts, request: RequestRecord) -> RequestView:
    """With its decisions, where there can be any."""
    decisions = await parts.ledger.decisions(request.id) if request.approval == "required" else []
    return RequestView(
        id=request.id,
        capability=request.capability,
        verb=request.verb,
        team=request.key.team,
        name=names.owner(request.key.capability, request.key.name)[1],
        stage=request.stage,
        phase=request.phase,
        requester=request.requester,
        source=request.source,
        waiting=request.waits_in is not None,
        run=request.run,
        created_at=request.created_at,
        finished_at=request.finished_at,
        message=request.message,
        approval=approval_view(request, decisions),
        plan=_plan(request),
        outputs=dict(request.outputs) if request.outputs is not None else None,
        spec=dict(request.spec),
        links=_request_links(request, parts.ui),
    )


def approval_view(request: RequestRecord, decisions: list[Decision]) -> ApprovalView:
    """What is to be decided and what was."""
    return ApprovalView(
        required=request.approval == "required",
        role=request.approver_role,
        digest=request.digest,
        not_by=sorted({request.requester, *request.carriers}) if request.approver_role else [],
        decisions=[DecisionView(by=d.by, verdict=d.verdict, comment=d.comment, at=d.at) for d in decisions],
    )


def resource_view(resource: ResourceRecord) -> ResourceView:
    """As it stands."""
    key = resource.key
    own = path(key)
    request = {"request": f"/v1/requests/{resource.open_request}"} if resource.open_request else {}
    return ResourceView(
        capability=key.capability,
        team=key.team,
        name=key.name,
        stage=resource.stage,
        status=resource.status,
        generation=resource.generation,
        owner=resource.owner,
        spec=dict(resource.spec),
        outputs=dict(resource.outputs),
        environment=resource.environment,
        expires_at=resource.expires_at,
        open_request=resource.open_request,
        created_at=resource.created_at,
        updated_at=resource.updated_at,
        links={"self": own, **request},
    )


def history_view(entry: HistoryEntry, run: str, ui: ArgoUI | None) -> HistoryView:
    """One entry of the request that this run fulfils."""
    links = {"ui": ui.step(run, entry.data["step"])} if ui and entry.kind == "step" else {}
    return HistoryView(sequence=entry.sequence, kind=entry.kind, at=entry.at, data=dict(entry.data), links=links)


def explanation_view(found: Explanation) -> ExplanationView:
    """In the API's words."""
    role = found.approver_role
    quota = None
    if found.per_team is not None and found.used is not None:
        quota = QuotaView(per_team=found.per_team, used=found.used)
    return ExplanationView(
        verdict="allow" if found.allowed else "deny",
        rule=found.rule,
        reason=found.reason,
        approval=ApprovalNeed(required=role is not None, role=role),
        approvers=f"anyone with the role {role} but {found.requester}" if role else None,
        steps=list(found.steps),
        names=found.names,
        quota=quota,
        expires_at=found.expires_at,
        waits_behind=found.waits_behind,
    )


def capability_view(capability: Capability) -> CapabilityView:
    """As the catalogue declares it."""
    resource = capability if isinstance(capability, ResourceCapability) else None
    return CapabilityView(
        name=capability.name,
        kind=capability.kind,
        summary=capability.summary,
        owner=capability.owner,
        verbs=list(capability.verbs),
        acts_on=capability.acts_on if isinstance(capability, ActionCapability) else None,
        waits=isinstance(capability, ActionCapability) and capability.waits is not None,
        schema=f"#/components/schemas/{capability.request.__name__}",
        default_lifetime_days=resource.lifetime.default.total_seconds() / 86400 if resource else None,
        longest_lifetime_days=resource.lifetime.longest.total_seconds() / 86400 if resource else None,
        quota_per_team=resource.quota.per_team if resource else None,
        examples={title: dict(body) for title, body in capability.examples.items()},
        links={"self": f"/v1/{capability.name}"},
    )


def caller_view(caller: Caller) -> CallerView:
    """As the token says."""
    return CallerView(name=caller.name, teams=sorted(caller.teams), roles=sorted(caller.roles))


def path(key: ResourceKey) -> str:
    """A resource's URL; a placement is seen in its resource's."""
    capability, name = names.owner(key.capability, key.name)
    return f"/v1/{capability}/{key.team}/{name}"


def request_path(id_: str) -> str:
    """A request's URL."""
    return f"/v1/requests/{id_}"


def _plan(request: RequestRecord) -> PlanView | None:
    if request.changes is None:
        return None
    summary = dict(request.summary) if request.summary is not None else None
    return PlanView(changes=request.changes, digest=request.digest, summary=summary)


def _request_links(request: RequestRecord, ui: ArgoUI | None) -> dict[str, str]:
    own = request_path(request.id)
    seen = {"ui": ui.run(request.run)} if ui else {}
    return {
        "self": own,
        "history": f"{own}/history",
        "logs": f"{own}/logs",
        "approval": f"{own}/approval",
        "resource": path(request.key),
        **seen,
    }
