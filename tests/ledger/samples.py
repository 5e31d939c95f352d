"""Records to file, and a clock that stands still."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from idp.capability import Verb
from idp.ledger.records import Acceptance, Approval, RequestRecord, ResourceKey, ResourceRecord

START = datetime(2026, 1, 31, 12, tzinfo=UTC)


class Clock:
    """Goes on only when told to."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        return self.at

    def forward(self, seconds: float) -> datetime:
        self.at += timedelta(seconds=seconds)
        return self.at


def resource_key(name: str = "checkout", *, team: str = "payments", capability: str = "environments") -> ResourceKey:
    return ResourceKey(capability=capability, team=team, name=name)


def request_record(
    number: int,
    verb: Verb = "provision",
    *,
    key: ResourceKey | None = None,
    capability: str | None = None,
    requester: str = "ann",
    approval: Approval = "none",
    spec: Mapping[str, Any] | None = None,
    idempotency_key: str | None = None,
    body_sha256: str = "a" * 64,
    created_at: datetime = START,
) -> RequestRecord:
    key = key or resource_key()
    capability = capability or key.capability
    id_ = f"01k{number:023d}"
    return RequestRecord(
        id=id_,
        run=f"{capability}-{id_}",
        capability=capability,
        verb=verb,
        key=key,
        stage="dev",
        requester=requester,
        approval=approval,
        approver_role="approver" if approval == "required" else None,
        rule="members-may-ask",
        spec=spec or {"team": key.team, "name": key.name, "cpu": number},
        created_at=created_at,
        idempotency_key=idempotency_key,
        body_sha256=body_sha256,
    )


def resource_record(request: RequestRecord, *, environment: str | None = None) -> ResourceRecord:
    """As lifecycle proposes it: what the ledger knows better is nonsense here."""
    return ResourceRecord(
        key=request.key,
        stage=request.stage,
        owner="platform",
        status="failed",
        was="failed",
        generation=99,
        spec=request.spec,
        applied_spec={"nonsense": True},
        outputs={"nonsense": True},
        environment=environment,
        expires_at=START + timedelta(days=14),
        open_request="nonsense",
        created_at=START - timedelta(days=1),
        updated_at=START - timedelta(days=1),
    )


def acceptance(request: RequestRecord, *, environment: str | None = None, **changed: Any) -> Acceptance:
    whole = request.verb in {"provision", "deprovision"}
    plain = Acceptance(
        request=request,
        resource=resource_record(request, environment=environment) if whole else None,
        expected_generation=None,
        quota=None,
    )
    return replace(plain, **changed)
