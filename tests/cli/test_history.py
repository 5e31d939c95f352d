"""A history told: golden text, written by hand."""

from typing import Any

import pytest

from idp.cli.history import Progress, describe


def entry(sequence: int, kind: str, /, second: int = 0, **data: Any) -> dict[str, Any]:
    return {"sequence": sequence, "kind": kind, "at": f"2026-11-24T10:00:{second:02}Z", "data": data}


@pytest.mark.parametrize(
    ("kind", "data", "words"),
    [
        ("accepted", {"requester": "ada"}, "accepted from ada"),
        ("dispatched", {}, "handed to the engine"),
        ("started", {"run_uid": "1"}, "run started"),
        ("step", {"step": "look", "phase": "Running"}, "step look running"),
        ("step", {"step": "look", "phase": "Failed", "message": "exit code 1"}, "step look failed: exit code 1"),
        ("planned", {"changes": 0}, "planned: nothing to change"),
        ("planned", {"changes": 1}, "planned: 1 change"),
        ("planned", {"changes": 7}, "planned: 7 changes"),
        ("awaiting-approval", {"approver_role": "approver"}, "waits for an approver other than the requester"),
        ("approved", {"by": "grace", "comment": ""}, "approved by grace"),
        ("rejected", {"by": "grace", "comment": "too big"}, "rejected by grace: too big"),
        ("permitted", {"step": "terraform"}, "step terraform permitted"),
        (
            "refused-permit",
            {"step": "terraform", "reason": "another plan"},
            "step terraform refused its permit: another plan",
        ),
        (
            "released-lock",
            {"lock": "a-b", "holder": "storage-1", "by": "storage-2", "step": "look"},
            "lock of the ended run storage-1 released for storage-2",
        ),
        ("cancelled", {"by": "ada"}, "cancelled: ada"),
        ("extended", {"by": "ada", "expires_at": "2027"}, "extended by ada until 2027"),
        ("succeeded", {"outputs": {}}, "succeeded"),
        ("failed", {"step": "look", "message": "no plan"}, "failed in step look: no plan"),
        ("failed", {}, "failed"),
        ("vanished", {}, "its run vanished"),
        ("alarm", {"message": "a second run"}, "ALARM: a second run"),
        ("brand-new", {"a": 1}, "brand-new a=1"),
    ],
)
def test_each_kind_has_its_words(kind: str, data: dict[str, Any], words: str) -> None:
    assert describe(entry(1, kind, **data)) == words


def test_entries_add_up_to_where_the_request_stands() -> None:
    progress = Progress(request="01", title="provision storage/payments/ledger")
    phases = []
    for one in (
        entry(1, "accepted"),
        entry(2, "dispatched"),
        entry(3, "started"),
        entry(4, "step", 1, step="look", phase="Pending"),
        entry(5, "step", 3, step="look", phase="Running"),
        entry(6, "planned", 4, changes=3),
        entry(7, "step", 5, step="look", phase="Succeeded"),
        entry(8, "awaiting-approval", 5),
        entry(9, "approved", 6),
        entry(10, "failed", 7, step="terraform", message="quota"),
    ):
        progress = progress.after(one)
        phases.append(progress.phase)

    assert phases == ["accepted", "dispatched"] + ["running"] * 5 + ["awaiting-approval", "running", "failed"]
    assert (progress.changes, progress.message, progress.sequence) == (3, "failed in step terraform: quota", 10)
    look = progress.steps["look"]
    assert (look.phase, look.running) == ("Succeeded", False)
    assert (look.changed_at - look.started_at).total_seconds() == 2
