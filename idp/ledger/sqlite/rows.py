"""Records as rows and back."""

import json
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from idp.ledger.records import Decision, HistoryEntry, OutboxRow, RequestRecord, ResourceKey, ResourceRecord

_JSON: Final = json.JSONEncoder(separators=(",", ":"), allow_nan=False)
"""ASCII: a lone surrogate, legal in JSON, is no UTF-8."""

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


def time_text(at: datetime) -> str:
    """UTC text of one width, so that it sorts as time does."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def json_text(value: Mapping[str, Any]) -> str:
    """Raises ValueError for what JSON does not know."""
    return _JSON.encode(value)


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
        time_text(record.created_at),
        record.traceparent,
        record.idempotency_key,
        record.body_sha256,
        record.retry_of,
        record.phase,
        record.run_uid,
        int(record.permitted),
        record.changes,
        record.digest,
        _json_or_none(record.summary),
        record.approved_digest,
        _json_or_none(record.outputs),
        record.message,
        _time_or_none(record.finished_at),
    )


def request_record(row: sqlite3.Row) -> RequestRecord:
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
        created_at=datetime.fromisoformat(row["created_at"]),
        traceparent=row["traceparent"],
        idempotency_key=row["idempotency_key"],
        body_sha256=row["body_sha256"],
        retry_of=row["retry_of"],
        phase=row["phase"],
        run_uid=row["run_uid"],
        permitted=bool(row["permitted"]),
        changes=row["changes"],
        digest=row["digest"],
        summary=_value_or_none(row["summary"]),
        approved_digest=row["approved_digest"],
        outputs=_value_or_none(row["outputs"]),
        message=row["message"],
        finished_at=_datetime_or_none(row["finished_at"]),
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
        _time_or_none(record.expires_at),
        record.open_request,
        time_text(record.created_at),
        time_text(record.updated_at),
    )


def resource_record(row: sqlite3.Row) -> ResourceRecord:
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
        expires_at=_datetime_or_none(row["expires_at"]),
        open_request=row["open_request"],
        created_at=datetime.fromisoformat(row["created_at"]),
        updated_at=datetime.fromisoformat(row["updated_at"]),
    )


def decision(row: sqlite3.Row) -> Decision:
    """Of a row of `decision`."""
    return Decision(
        request=row["request"],
        by=row["by"],
        verdict=row["verdict"],
        digest=row["digest"],
        comment=row["comment"],
        at=datetime.fromisoformat(row["at"]),
    )


def history_entry(row: sqlite3.Row) -> HistoryEntry:
    """Of a row of `history`."""
    return HistoryEntry(
        request=row["request"],
        sequence=row["sequence"],
        kind=row["kind"],
        at=datetime.fromisoformat(row["at"]),
        data=json.loads(row["data"]),
    )


def outbox_row(row: sqlite3.Row) -> OutboxRow:
    """Of a row of `outbox`."""
    return OutboxRow(
        sequence=row["sequence"],
        request=row["request"],
        action=row["action"],
        lane=row["lane"],
        attempts=row["attempts"],
        next_at=datetime.fromisoformat(row["next_at"]),
    )


def _json_or_none(value: Mapping[str, Any] | None) -> str | None:
    return None if value is None else json_text(value)


def _time_or_none(at: datetime | None) -> str | None:
    return None if at is None else time_text(at)


def _value_or_none(text: str | None) -> Any:
    return None if text is None else json.loads(text)


def _datetime_or_none(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
