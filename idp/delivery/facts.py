"""What a run, as it is seen, says that the request's history does not say yet: pure."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from idp import names
from idp.engines.protocol import FINISHED, NodeSeen, Phase, RunSeen
from idp.ledger.records import Change, HistoryEntry, HistoryKind, RequestPhase, RequestRecord

Entry = tuple[HistoryKind, Mapping[str, Any]]

STEP_TYPES: Final = frozenset({"Pod", "Retry", "Skipped"})
FAILURES: Final[frozenset[Phase]] = frozenset({"Failed", "Error"})
_ORDER: Final[Mapping[Phase, int]] = {"Pending": 0, "Running": 1, **dict.fromkeys(FINISHED, 2)}
LONGEST_MESSAGE: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What look found; `fault` where its outputs cannot be read."""

    changes: int | None = None
    digest: str | None = None
    summary: Mapping[str, Any] | None = None
    fault: str = ""


def news(
    request: RequestRecord, history: Sequence[HistoryEntry], run: RunSeen, *, last_words: str = ""
) -> Change | None:
    """One change with all that is new, None where nothing is; `last_words` is the last line of a failed step's log."""
    planned = _planned(history, run)
    outputs, fault = _outputs(request, run)
    faults = [text for text in (planned.fault if planned else "", fault) if text]
    awaiting = _awaits_approval(request, history, run)
    message = _failure(run, last_words) if run.phase in FAILURES else None
    entries: list[Entry] = [
        *_started(history, run),
        *_steps(history, run),
        *_alarms(history, run, faults),
        *_plan(planned),
        *_waiting(request, awaiting=awaiting),
        *_ending(run, outputs, message),
    ]
    phase = _phase(request, run, awaiting=awaiting)
    if not entries and phase is None:
        return None
    return Change(
        request=request.id,
        history=tuple(entries),
        phases=frozenset({request.phase}),
        after=history[-1].sequence,
        phase=phase,
        run_uid=run.uid,
        changes=planned.changes if planned else None,
        digest=planned.digest if planned else None,
        summary=planned.summary if planned else None,
        outputs=outputs,
        message=message,
        close_outbox=frozenset({"publish"}),
    )


def failed_step(run: RunSeen) -> NodeSeen | None:
    """The step that failed last: the one whose failure ended the run."""
    failed = [node for node in run.nodes if node.type == "Pod" and node.phase in FAILURES]
    return max(failed, key=lambda node: node.finished_at.timestamp() if node.finished_at else 0.0, default=None)


def step_name(node: NodeSeen) -> str:
    """An attempt of a retried step is named `look(0)`."""
    return node.name.partition("(")[0]


def _started(history: Sequence[HistoryEntry], run: RunSeen) -> Iterator[Entry]:
    if not any(entry.kind == "started" for entry in history):
        yield "started", {"run_uid": run.uid}


def _steps(history: Sequence[HistoryEntry], run: RunSeen) -> Iterator[Entry]:
    """A step's phase only goes forward: an older sight of the run may come later."""
    known = {entry.data["step"]: _ORDER[entry.data["phase"]] for entry in history if entry.kind == "step"}
    for node in run.nodes:
        if not _is_step(node) or _ORDER[node.phase] <= known.get(node.name, -1):
            continue
        yield "step", {"step": node.name, "phase": node.phase, "message": node.message}


def _is_step(node: NodeSeen) -> bool:
    """A task's node: neither the gate, nor one attempt of a task that is retried."""
    return node.type in STEP_TYPES and node.name != names.TASK_GATE and "(" not in node.name


def _planned(history: Sequence[HistoryEntry], run: RunSeen) -> Planned | None:
    looked = any(node.name == names.TASK_LOOK and node.phase == "Succeeded" for node in run.nodes)
    if not looked or any(entry.kind == "planned" for entry in history):
        return None
    try:
        changes = _count(run.outputs[names.OUTPUT_CHANGES])
        summary = _object(run.outputs[names.OUTPUT_SUMMARY])
    except (KeyError, ValueError) as error:
        return Planned(fault=f"What look left cannot be read: {error!r}. The run cannot be approved; cancel it.")
    return Planned(changes=changes, digest=run.outputs.get(names.OUTPUT_DIGEST), summary=summary)


def _plan(planned: Planned | None) -> Iterator[Entry]:
    if planned and not planned.fault:
        yield "planned", {"changes": planned.changes, "digest": planned.digest, "summary": planned.summary}


def _count(text: str) -> int:
    """Raises ValueError."""
    if not (text.isascii() and text.isdecimal()):
        message = f"{text!r} is no count"
        raise ValueError(message)
    return int(text)


def _object(text: str) -> Mapping[str, Any]:
    """Raises ValueError, also for what JSON does not know: NaN and Infinity."""
    value = json.loads(text, parse_constant=_refused)
    if not isinstance(value, dict):
        message = f"{text[:80]!r} is no JSON object"
        raise ValueError(message)  # noqa: TRY004 - one error for every text that cannot be read
    return value


def _refused(constant: str) -> None:
    message = f"{constant} is no JSON"
    raise ValueError(message)


def _outputs(request: RequestRecord, run: RunSeen) -> tuple[Mapping[str, Any] | None, str]:
    """The outputs of a run that succeeded, and what is wrong with them."""
    text = run.outputs.get(names.OUTPUT_OUTPUTS)
    if run.phase != "Succeeded" or text is None:
        return None, ""
    try:
        return _object(text), ""
    except ValueError as error:
        return None, f"The run's outputs cannot be read: {error}. Those of request {request.id} are not known."


def _awaits_approval(request: RequestRecord, history: Sequence[HistoryEntry], run: RunSeen) -> bool:
    """Newly so. A gate that is seen waiting after the approval is an older sight, or about to pass."""
    if request.approval == "none" or any(entry.kind in {"awaiting-approval", "approved"} for entry in history):
        return False
    return any(node.name == names.TASK_GATE and node.phase == "Running" for node in run.nodes)


def _waiting(request: RequestRecord, *, awaiting: bool) -> Iterator[Entry]:
    if awaiting:
        yield "awaiting-approval", {"approver_role": request.approver_role}


def _alarms(history: Sequence[HistoryEntry], run: RunSeen, faults: list[str]) -> Iterator[Entry]:
    said = {entry.data.get("message") for entry in history if entry.kind == "alarm"}
    for message in faults:
        if message not in said:
            yield "alarm", {"message": message, "run_uid": run.uid}


def _ending(run: RunSeen, outputs: Mapping[str, Any] | None, message: str | None) -> Iterator[Entry]:
    if run.phase == "Succeeded":
        yield "succeeded", {"outputs": outputs or {}}
    elif message is not None:
        node = failed_step(run)
        yield "failed", {"step": step_name(node) if node else "", "message": message}


def _failure(run: RunSeen, last_words: str) -> str:
    node = failed_step(run)
    if node is None:
        return f"The run ended {run.phase}: {run.message or 'the engine does not say why'}."
    ended = node.message or node.phase
    said = f"{last_words} ({ended})" if last_words else ended
    # A step writes what it likes, also bytes that are no text.
    return f"Step {step_name(node)} failed: {said}"[:LONGEST_MESSAGE].encode(errors="replace").decode()


def _phase(request: RequestRecord, run: RunSeen, *, awaiting: bool) -> RequestPhase | None:
    if run.phase == "Succeeded":
        return "succeeded"
    if run.phase in FAILURES:
        return "failed"
    if awaiting:
        return "awaiting-approval"
    return "running" if request.phase in {"accepted", "dispatched"} else None
