"""A request's history told: the state that its entries add up to, and each entry as one line."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

Entry = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class StepSeen:
    """One step so far; `phase` is Argo's word."""

    name: str
    phase: str
    started_at: datetime
    changed_at: datetime
    message: str = ""

    @property
    def running(self) -> bool:
        """Whether its clock still runs."""
        return self.phase == "Running"


@dataclass(frozen=True, kw_only=True)
class Progress:
    """What is known of one request. `title` says verb and resource."""

    request: str
    title: str
    phase: str = "accepted"
    steps: Mapping[str, StepSeen] = field(default_factory=dict)
    changes: int | None = None
    message: str = ""
    sequence: int = 0
    """Of the last entry seen."""

    def after(self, entry: Entry) -> "Progress":
        """The same, one entry later."""
        return replace(self._after(entry), sequence=entry["sequence"])

    def _after(self, entry: Entry) -> "Progress":
        data = entry.get("data") or {}
        phase = _PHASES.get(entry["kind"], self.phase)
        match entry["kind"]:
            case "step":
                return replace(self, steps={**self.steps, data["step"]: self._step(entry)})
            case "planned":
                return replace(self, changes=data.get("changes"))
            case "failed" | "rejected" | "cancelled" | "vanished" | "alarm" | "refused-permit":
                return replace(self, phase=phase, message=describe(entry))
        return replace(self, phase=phase)

    def _step(self, entry: Entry) -> StepSeen:
        data, at = entry["data"], datetime.fromisoformat(entry["at"])
        before = self.steps.get(data["step"])
        return StepSeen(
            name=data["step"],
            phase=data.get("phase", "Running"),
            started_at=before.started_at if before and before.phase != "Pending" else at,
            changed_at=at,
            message=data.get("message") or "",
        )


_PHASES: Final = {
    "accepted": "accepted",
    "dispatched": "dispatched",
    "started": "running",
    "awaiting-approval": "awaiting-approval",
    "approved": "running",
    "rejected": "rejected",
    "cancelled": "cancelled",
    "succeeded": "succeeded",
    "adopted": "succeeded",
    "failed": "failed",
}


def describe(entry: Entry) -> str:
    """One entry in a few words; an unknown kind is named with its data, not hidden."""
    data = entry.get("data") or {}
    words = _WORDS.get(entry["kind"])
    return words(data) if words else " ".join([entry["kind"], *(f"{key}={value}" for key, value in data.items())])


def _plan(data: Entry) -> str:
    count = data.get("changes")
    return "planned: nothing to change" if count == 0 else f"planned: {count} change{'s' * (count != 1)}"


def _and(text: str, more: Any) -> str:
    return f"{text}: {more}" if more else text


def _superseding(data: Entry) -> str:
    older = data.get("superseded") or ()
    return f"in place of {', '.join(older)}" if older else ""


def _superseded(data: Entry) -> str:
    newer = data.get("superseded_by")
    return f"superseded by request {newer}" if newer else ""


_WORDS: Final[Mapping[str, Callable[[Entry], str]]] = {
    "accepted": lambda d: f"accepted from {d.get('requester', 'somebody')}",
    "waiting": lambda d: _and(f"waits behind request {d.get('behind')}", _superseding(d)),
    "admitted": lambda d: f"its turn, after request {d.get('after')}",
    "dispatched": lambda _: "handed to the engine",
    "started": lambda _: "run started",
    "step": lambda d: _and(f"step {d.get('step')} {str(d.get('phase', '')).lower()}", d.get("message")),
    "planned": _plan,
    "awaiting-approval": lambda d: f"waits for an {d.get('approver_role') or 'approver'} other than the requester",
    "approved": lambda d: _and(f"approved by {d.get('by')}", d.get("comment")),
    "rejected": lambda d: _and(f"rejected by {d.get('by')}", d.get("comment")),
    "permitted": lambda d: f"step {d.get('step')} permitted",
    "refused-permit": lambda d: _and(f"step {d.get('step')} refused its permit", d.get("reason")),
    "released-lock": lambda d: f"lock of the ended run {d.get('holder')} released for {d.get('by')}",
    "cancelled": lambda d: _and("cancelled", _superseded(d) or d.get("by") or d.get("message")),
    "extended": lambda d: f"extended by {d.get('by')} until {d.get('expires_at')}",
    "succeeded": lambda _: "succeeded",
    "failed": lambda d: _and(f"failed in step {d['step']}" if d.get("step") else "failed", d.get("message")),
    "unlocked": lambda d: _and(f"unlocked by {d.get('by')}", d.get("reason")),
    "forgotten": lambda d: _and(f"its resource was forgotten by {d.get('by')}", d.get("reason")),
    "adopted": lambda d: _and(f"adopted by {d.get('by')}", d.get("reason")),
    "vanished": lambda d: _and("its run vanished", d.get("message")),
    "alarm": lambda d: _and("ALARM", d.get("message")),
}
