"""What is seen of a run, and what history makes of it; the expected entries are written by hand."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from idp.delivery.facts import news
from idp.engines.protocol import NodeSeen, RunSeen
from idp.ledger.records import HistoryEntry, RequestRecord
from tests.delivery.scripted import PLAN, node, run_of, succeeded
from tests.ledger.samples import START, request_record

REQUEST = request_record(1)
REVIEWED = request_record(1, approval="required")


def history(*entries: tuple[Any, dict[str, Any]]) -> list[HistoryEntry]:
    everything = [("accepted", {}), *entries]
    return [
        HistoryEntry(request=REQUEST.id, sequence=sequence, kind=kind, at=START, data=data)
        for sequence, (kind, data) in enumerate(everything, start=1)
    ]


def told(run: RunSeen, *before: tuple[Any, dict[str, Any]], request: RequestRecord = REQUEST) -> list[tuple[str, Any]]:
    change = news(request, history(*before), run)
    return [(kind, dict(data)) for kind, data in change.history] if change else []


STARTED = ("started", {"run_uid": "u1"})
LOOKING = ("step", {"step": "look", "phase": "Running", "message": ""})
LOOKED = ("step", {"step": "look", "phase": "Succeeded", "message": ""})
PLANNED = ("planned", {"changes": 2, "digest": "d1", "summary": {"changes": 2, "resources": []}})
AWAITING = ("awaiting-approval", {"approver_role": "approver"})
GATE = node("gate", "Running", type_="Suspend")


def test_a_run_that_is_seen_has_started() -> None:
    change = news(REQUEST, history(), run_of(REQUEST))
    assert change is not None
    assert [kind for kind, _ in change.history] == ["started"]
    assert (change.phase, change.run_uid, change.after) == ("running", "u1", 1)
    assert change.phases == {"accepted"}
    assert change.close_outbox == {"publish"}


def test_each_phase_of_a_step_is_told_once_and_never_backwards() -> None:
    running = replace(REQUEST, phase="running")
    looking, looked = node("look", "Running"), node("look", "Succeeded")
    assert told(run_of(REQUEST, looking), STARTED, request=running) == [LOOKING]
    assert told(run_of(REQUEST, looking), STARTED, LOOKING, request=running) == []
    assert told(run_of(REQUEST, looking), STARTED, LOOKED, request=running) == []
    assert told(run_of(REQUEST, looked, outputs=PLAN), STARTED, LOOKING, request=running) == [LOOKED, PLANNED]


def test_only_steps_are_told_of() -> None:
    nodes = (
        node("environments-01", "Running", type_="DAG"),
        node("look", "Running", type_="Retry"),
        node("look(0)", "Failed"),
        node("gate", "Skipped", type_="Skipped"),
        node("terraform", "Omitted", type_="Skipped", message="omitted: depends condition not met"),
    )
    assert told(run_of(REQUEST, *nodes), STARTED) == [
        LOOKING,
        ("step", {"step": "terraform", "phase": "Omitted", "message": "omitted: depends condition not met"}),
    ]


def test_a_waiting_gate_awaits_approval_once() -> None:
    run = run_of(REVIEWED, node("look", "Succeeded"), GATE, outputs=PLAN)
    change = news(REVIEWED, history(STARTED, LOOKING), run)
    assert change is not None
    assert list(change.history) == [LOOKED, PLANNED, AWAITING]
    assert (change.phase, change.changes, change.digest) == ("awaiting-approval", 2, "d1")
    waiting = replace(REVIEWED, phase="awaiting-approval")
    assert news(waiting, history(STARTED, LOOKING, LOOKED, PLANNED, AWAITING), run) is None


def test_an_older_sight_of_the_gate_does_not_undo_the_approval() -> None:
    run = run_of(REVIEWED, node("look", "Succeeded"), GATE, outputs=PLAN)
    approved = replace(REVIEWED, phase="running", approved_digest="d1")
    before = history(STARTED, LOOKED, PLANNED, AWAITING, ("approved", {}))
    assert news(approved, before, run) is None


def test_a_gate_that_nobody_asked_for_awaits_nothing() -> None:
    assert told(run_of(REQUEST, GATE), STARTED, request=replace(REQUEST, phase="running")) == []


def test_a_run_seen_only_after_its_end_is_told_whole() -> None:
    change = news(REQUEST, history(("dispatched", {})), succeeded(REQUEST))
    assert change is not None
    assert list(change.history) == [
        STARTED,
        LOOKED,
        ("step", {"step": "terraform", "phase": "Succeeded", "message": ""}),
        PLANNED,
        ("succeeded", {"outputs": {"host": "h"}}),
    ]
    assert (change.phase, change.outputs, change.changes) == ("succeeded", {"host": "h"}, 2)


def test_an_inspection_is_planned_without_a_digest() -> None:
    request = request_record(1, "inspect")
    run = run_of(request, node("look", "Succeeded"), phase="Succeeded", outputs={"changes": "0", "summary": "{}"})
    change = news(request, history(STARTED), run)
    assert change is not None
    assert list(change.history)[1:] == [
        ("planned", {"changes": 0, "digest": None, "summary": {}}),
        ("succeeded", {"outputs": {}}),
    ]
    assert (change.changes, change.outputs) == (0, None)


def failed(name: str, seconds: int, message: str = "exit code 1") -> NodeSeen:
    return replace(node(name, "Failed", message=message), finished_at=START + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("run", "step", "message"),
    [
        (run_of(REQUEST, failed("look", 1), phase="Failed"), "look", "Step look failed: Last words (exit code 1)"),
        (
            run_of(REQUEST, failed("look(0)", 1), failed("look(1)", 2, "killed"), phase="Failed"),
            "look",
            "Step look failed: Last words (killed)",
        ),
        (
            run_of(REQUEST, node("terraform", "Error"), phase="Error"),
            "terraform",
            "Step terraform failed: Last words (Error)",
        ),
        (
            run_of(REQUEST, phase="Failed", message="Stopped with strategy 'Stop'"),
            "",
            "The run ended Failed: Stopped with strategy 'Stop'.",
        ),
        (run_of(REQUEST, phase="Error"), "", "The run ended Error: the engine does not say why."),
    ],
)
def test_a_failure_names_the_step_and_its_last_words(run: RunSeen, step: str, message: str) -> None:
    change = news(REQUEST, history(STARTED), run, last_words="Last words")
    assert change is not None
    assert change.history[-1] == ("failed", {"step": step, "message": message})
    assert (change.phase, change.message) == ("failed", message)


def test_last_words_that_are_no_text_or_very_long_can_be_stored() -> None:
    run = run_of(REQUEST, failed("look", 1), phase="Failed")
    change = news(REQUEST, history(), run, last_words="\udcff" * 5000)
    assert change is not None
    assert change.message is not None
    assert change.message.encode().endswith(b"??")
    assert len(change.message) == 2000


@pytest.mark.parametrize(
    "outputs",
    [
        {},
        {"changes": "2"},
        {"changes": "-1", "summary": "{}"},
        {"changes": "two", "summary": "{}"},
        {"changes": "2", "summary": "["},
        {"changes": "2", "summary": "[]"},
        {"changes": "2", "summary": '{"n":NaN}'},
    ],
)
def test_a_plan_that_cannot_be_read_is_one_alarm(outputs: dict[str, str]) -> None:
    run = run_of(REQUEST, node("look", "Succeeded"), outputs=outputs)
    running = replace(REQUEST, phase="running")
    (alarm,) = told(run, STARTED, LOOKED, request=running)
    assert alarm[0] == "alarm"
    assert alarm[1]["message"].startswith("What look left cannot be read: ")
    assert told(run, STARTED, LOOKED, alarm, request=running) == []


def test_outputs_that_cannot_be_read_are_an_alarm_and_the_run_has_succeeded() -> None:
    entries = told(succeeded(REQUEST, outputs="{'a'}"), STARTED, LOOKED)
    assert [kind for kind, _ in entries] == ["step", "alarm", "planned", "succeeded"]
    assert "The run's outputs cannot be read" in entries[1][1]["message"]
    assert entries[-1][1] == {"outputs": {}}
