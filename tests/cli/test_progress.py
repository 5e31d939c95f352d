"""Several requests followed at once: what a terminal shows, and what a pipe does."""

import io
from datetime import UTC, datetime
from typing import Any

import pytest
from rich.console import Console

from idp.cli.client import Client
from idp.cli.errors import RefusedByServerError, StillOpenError
from idp.cli.history import Progress, StepSeen
from idp.cli.progress import beginning, panel, side_by_side, watch
from tests.cli.scripted import Scripted, answer
from tests.cli.sse import sse

NOON = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)
REQUEST: dict[str, Any] = {
    "id": "01",
    "verb": "provision",
    "capability": "storage",
    "team": "payments",
    "name": "ledger",
}


def text(thing: object) -> str:
    console = Console(file=io.StringIO(), width=100, force_terminal=True, color_system=None)
    console.print(thing)
    return str(console.file.getvalue())  # type: ignore[attr-defined]  # it is the StringIO above


def step(name: str, phase: str, seconds: int) -> StepSeen:
    return StepSeen(name=name, phase=phase, started_at=NOON, changed_at=NOON.replace(second=seconds))


def test_panels_stand_side_by_side() -> None:
    waiting = Progress(
        request="01",
        title="provision storage/payments/ledger",
        phase="awaiting-approval",
        steps={"look": step("look", "Succeeded", 3), "gate": step("gate", "Running", 4)},
        changes=3,
    )
    failed = Progress(
        request="02",
        title="provision environments/payments/checkout",
        phase="failed",
        steps={"look": step("look", "Failed", 2), "terraform": step("terraform", "Omitted", 2)},
        message="failed in step look: no plan",
    )

    shown = text(side_by_side([panel(one, NOON.replace(second=9)) for one in (waiting, failed)]))

    assert shown == (
        "╭─ provision storage/payments/ledger ────────────╮╭─ provision environments/payments/checkout ─────╮\n"
        "│ ✓ look               3.0 s                     ││ ✗ look      2.0 s                              │\n"
        "│ ▸ gate               9.0 s                     ││ - terraform                                    │\n"
        "│   planned: 3 changes                           ││ failed in step look: no plan                   │\n"
        "│ awaiting-approval                              │╰────────────────────────────────────────────────╯\n"
        "╰────────────────────────────────────────────────╯                                                  \n"
    )


def test_a_pipe_gets_one_line_per_entry(scripted: Scripted) -> None:
    scripted.answers = [sse((1, "accepted"), (2, "started"), (3, "succeeded"))]
    console = Console(file=io.StringIO(), width=200)

    (seen,) = watch(Client(scripted.url, None), [beginning(REQUEST)], console)

    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]  # it is the StringIO above
    assert seen.phase == "succeeded"
    assert [line.partition(" ")[2] for line in lines] == [
        "provision storage/payments/ledger: accepted from somebody",
        "provision storage/payments/ledger: run started",
        "provision storage/payments/ledger: succeeded",
    ]


def test_a_terminal_gets_the_panel(scripted: Scripted) -> None:
    scripted.answers = [sse((1, "accepted"), (2, "succeeded"))]
    console = Console(file=io.StringIO(), width=100, force_terminal=True)

    watch(Client(scripted.url, None), [beginning(REQUEST)], console)

    shown = console.file.getvalue()  # type: ignore[attr-defined]  # it is the StringIO above
    assert "provision storage/payments/ledger" in shown
    assert "succeeded" in shown


def test_watching_goes_on_where_it_stopped(scripted: Scripted) -> None:
    scripted.answers = [sse((1, "accepted"), (2, "awaiting-approval")), sse((3, "approved"), (4, "succeeded"))]
    client, console = Client(scripted.url, None), Console(file=io.StringIO())

    seen = watch(client, [beginning(REQUEST)], console, until=lambda one: one.phase == "awaiting-approval")
    assert seen[0].sequence == 2
    seen = watch(client, seen, console)

    assert (seen[0].phase, seen[0].sequence) == ("succeeded", 4)
    assert any(headers.get("last-event-id") == "2" for _, _, headers, _ in scripted.seen)


def test_time_is_up(scripted: Scripted) -> None:
    scripted.answers = [sse((1, "accepted"))]

    with pytest.raises(StillOpenError) as error:
        watch(Client(scripted.url, None), [beginning(REQUEST)], Console(file=io.StringIO()), timeout=0.5)

    assert error.value.lines == ("provision storage/payments/ledger: accepted (01)",)
    assert "`idp show 01 --wait`" in error.value.move


def test_a_refusal_reaches_the_one_who_watches(scripted: Scripted) -> None:
    scripted.answers = [answer(403, "{}")]

    with pytest.raises(RefusedByServerError):
        watch(Client(scripted.url, None), [beginning(REQUEST)], Console(file=io.StringIO()))
