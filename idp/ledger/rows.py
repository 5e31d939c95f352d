"""Records as rows and back, for every store. JSON is text; a time is what the store keeps it as: a datetime or its text."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Protocol

from idp.ledger.hooks import HookRecord, PreviewRecord, ReportRow
from idp.ledger.records import Decision, HistoryEntry, OutboxRow, RequestRecord, ResourceKey, ResourceRecord

_JSON: Final = json.JSONEncoder(separators=(",", ":"), allow_nan=False)
"""ASCII: a lone surrogate, legal in JSON, is no UTF-8."""


class Row(Protocol):
    """By column, as every driver gives it."""

    def __getitem__(self, column: str, /) -> Any:
        """The value."""


REQUEST_COLUMNS: Final = [
    "id",
    "run",
    "capability",
    "verb",
    "key_capability",
    "key_team",
    "key_name",
    "stage",
    "requester",
    "approval",
    "approver_role",
    "rule",
    "spec",
    "created_at",
    "traceparent",
    "idempotency_key",
    "body_sha256",
    "retry_of",
    "carriers",
    "source",
    "waits_in",
    "phase",
    "run_uid",
    "permitted",
    "changes",
    "digest",
    "summary",
    "approved_digest",
    "outputs",
    "message",
    "finished_at",
]
RESOURCE_COLUMNS: Final = [
    "capability",
    "team",
    "name",
    "stage",
    "owner",
    "status",
    "was",
    "generation",
    "spec",
    "applied_spec",
    "outputs",
    "environment",
    "expires_at",
    "open_request",
    "created_at",
    "updated_at",
]
DECISION_COLUMNS: Final = ["request", "requester", "by", "verdict", "digest", "comment", "at", "known_as"]
HISTORY_COLUMNS: Final = ["request", "sequence", "kind", "at", "data"]


def json_text(value: Mapping[str, Any]) -> str:
    """Raises ValueError for what JSON does not know."""
    return _JSON.encode(value)


def time(value: datetime | str) -> datetime:
    """As the store gives it back."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def request_values(record: RequestRecord) -> tuple[Any, ...]:
    """In the order of REQUEST_COLUMNS."""
    return (
        record.id,
        record.run,
        record.capability,
        record.verb,
        record.key.capability,
        record.key.team,
        record.key.name,
        record.stage,
        record.requester,
        record.approval,
        record.approver_role,
        record.rule,
        json_text(record.spec),
        record.created_at,
        record.traceparent,
        record.idempotency_key,
        record.body_sha256,
        record.retry_of,
        json.dumps(record.carriers),
        record.source,
        record.waits_in,
        record.phase,
        record.run_uid,
        record.permitted,
        record.changes,
        record.digest,
        _json_or_none(record.summary),
        record.approved_digest,
        _json_or_none(record.outputs),
        record.message,
        record.finished_at,
    )


def request_record(row: Row) -> RequestRecord:
    """Of a row of `request`."""
    return RequestRecord(
        id=row["id"],
        run=row["run"],
        capability=row["capability"],
        verb=row["verb"],
        key=ResourceKey(capability=row["key_capability"], team=row["key_team"], name=row["key_name"]),
        stage=row["stage"],
        requester=row["requester"],
        approval=row["approval"],
        approver_role=row["approver_role"],
        rule=row["rule"],
        spec=json.loads(row["spec"]),
        created_at=time(row["created_at"]),
        traceparent=row["traceparent"],
        idempotency_key=row["idempotency_key"],
        body_sha256=row["body_sha256"],
        retry_of=row["retry_of"],
        carriers=tuple(json.loads(row["carriers"])),
        source=row["source"],
        waits_in=row["waits_in"],
        phase=row["phase"],
        run_uid=row["run_uid"],
        permitted=bool(row["permitted"]),
        changes=row["changes"],
        digest=row["digest"],
        summary=_value_or_none(row["summary"]),
        approved_digest=row["approved_digest"],
        outputs=_value_or_none(row["outputs"]),
        message=row["message"],
        finished_at=_time_or_none(row["finished_at"]),
    )


def resource_values(record: ResourceRecord) -> tuple[Any, ...]:
    """In the order of RESOURCE_COLUMNS."""
    return (
        record.key.capability,
        record.key.team,
        record.key.name,
        record.stage,
        record.owner,
        record.status,
        record.was,
        record.generation,
        json_text(record.spec),
        _json_or_none(record.applied_spec),
        json_text(record.outputs),
        record.environment,
        record.expires_at,
        record.open_request,
        record.created_at,
        record.updated_at,
    )


def resource_record(row: Row) -> ResourceRecord:
    """Of a row of `resource`."""
    return ResourceRecord(
        key=ResourceKey(capability=row["capability"], team=row["team"], name=row["name"]),
        stage=row["stage"],
        owner=row["owner"],
        status=row["status"],
        was=row["was"],
        generation=row["generation"],
        spec=json.loads(row["spec"]),
        applied_spec=_value_or_none(row["applied_spec"]),
        outputs=json.loads(row["outputs"]),
        environment=row["environment"],
        expires_at=_time_or_none(row["expires_at"]),
        open_request=row["open_request"],
        created_at=time(row["created_at"]),
        updated_at=time(row["updated_at"]),
    )


def decision_values(record: Decision, *, requester: str) -> tuple[Any, ...]:
    """In the order of DECISION_COLUMNS. The row carries the requester, so that a constraint can tell the two apart."""
    return (
        record.request,
        requester,
        record.by,
        record.verdict,
        record.digest,
        record.comment,
        record.at,
        json.dumps(sorted(record.known_as)),
    )


def decision(row: Row) -> Decision:
    """Of a row of `decision`."""
    return Decision(
        request=row["request"],
        by=row["by"],
        verdict=row["verdict"],
        digest=row["digest"],
        comment=row["comment"],
        at=time(row["at"]),
        known_as=frozenset(json.loads(row["known_as"])),
    )


def history_values(entry: HistoryEntry) -> tuple[Any, ...]:
    """In the order of HISTORY_COLUMNS."""
    return (entry.request, entry.sequence, entry.kind, entry.at, json_text(entry.data))


def history_entry(row: Row) -> HistoryEntry:
    """Of a row of `history`."""
    return HistoryEntry(
        request=row["request"],
        sequence=row["sequence"],
        kind=row["kind"],
        at=time(row["at"]),
        data=json.loads(row["data"]),
    )


def hook_record(row: Row) -> HookRecord:
    """Of a row of `hook`."""
    return HookRecord(
        team=row["team"],
        repository=row["repository"],
        generation=row["generation"],
        shown_by=row["shown_by"],
        shown_at=time(row["shown_at"]),
    )


def report_row(row: Row) -> ReportRow:
    """Of a row of `report`."""
    return ReportRow(request=row["request"], attempts=row["attempts"], next_at=time(row["next_at"]))


def preview_record(row: Row) -> PreviewRecord:
    """Of a row of `preview`."""
    return PreviewRecord(
        team=row["team"],
        application=row["application"],
        number=row["number"],
        commit=row["commit_id"],
        state=row["state"],
    )


def outbox_row(row: Row) -> OutboxRow:
    """Of a row of `outbox`."""
    return OutboxRow(
        sequence=row["sequence"],
        request=row["request"],
        action=row["action"],
        lane=row["lane"],
        attempts=row["attempts"],
        next_at=time(row["next_at"]),
    )


def _json_or_none(value: Mapping[str, Any] | None) -> str | None:
    return None if value is None else json_text(value)


def _value_or_none(text: str | None) -> Any:
    return None if text is None else json.loads(text)


def _time_or_none(value: datetime | str | None) -> datetime | None:
    return None if value is None else time(value)
