"""Several requests followed at once: live and side by side on a terminal, one line per entry elsewhere."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from threading import Event, Thread
from time import monotonic
from typing import Any, Final

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from idp.cli.client import Client, Json
from idp.cli.errors import CliError, StillOpenError
from idp.cli.history import Progress, StepSeen, describe
from idp.cli.stream import ENDINGS, follow

_MARKS: Final = {
    "Pending": ("·", "dim"),
    "Running": ("▸", "cyan"),
    "Succeeded": ("✓", "green"),
    "Failed": ("✗", "red"),
    "Error": ("✗", "red"),
    "Skipped": ("-", "dim"),
    "Omitted": ("-", "dim"),
}
_STYLES: Final = {
    "succeeded": "green",
    "failed": "red",
    "rejected": "red",
    "cancelled": "yellow",
    "awaiting-approval": "yellow",
}
_TICK_SECONDS: Final = 0.25


def ended(progress: Progress) -> bool:
    """Nothing happens any more."""
    return progress.phase in ENDINGS


def watch(
    client: Client,
    requests: Sequence[Progress],
    console: Console,
    *,
    until: Callable[[Progress], bool] = ended,
    timeout: float | None = None,
) -> list[Progress]:
    """Show the requests until `until` holds for each; their progress then, from which it can be gone on.

    Raises StillOpenError, UnreachableError, RefusedByServerError.
    """
    progress = {one.request: one for one in requests}
    queue: SimpleQueue[_Arrival | CliError] = SimpleQueue()
    enough = Event()
    for one in requests:
        # Daemons: who is interrupted, or has seen enough, need not wait for a connection to end.
        Thread(target=_feed, args=(client, one, queue, enough), daemon=True).start()
    view = _LiveView(console) if console.is_terminal else _LineView(console)
    deadline = None if timeout is None else monotonic() + timeout
    with view.shown, _until_the_end(enough):
        while late := [one for one in progress.values() if not until(one)]:
            if deadline is not None and monotonic() > deadline:
                raise _still_open(late)
            arrival = _next(queue)
            if arrival:
                request, entry = arrival
                progress[request] = progress[request].after(entry)
            view.update(progress, arrival)
    return list(progress.values())


_Arrival = tuple[str, Json]


def beginning(request: Json) -> Progress:
    """Nothing seen yet of a request as the API shows it."""
    return Progress(request=request["id"], title=title(request))


def title(request: Json) -> str:
    """What a request is about, in one line: `provision environments/payments/checkout`."""
    return f"{request['verb']} {request['capability']}/{request['team']}/{request['name']}"


def _feed(client: Client, progress: Progress, queue: "SimpleQueue[_Arrival | CliError]", enough: Event) -> None:
    try:
        for entry in follow(client, progress.request, after=progress.sequence, enough=enough):
            queue.put((progress.request, entry))
    except CliError as error:
        queue.put(error)
    except RuntimeError:
        # What httpx2 raises where the client was closed: fine when nobody watches any more.
        if not enough.is_set():
            raise


@contextmanager
def _until_the_end(enough: Event) -> Iterator[None]:
    """Whatever ends the watching, those who feed it are told."""
    try:
        yield
    finally:
        enough.set()


def _next(queue: "SimpleQueue[_Arrival | CliError]") -> _Arrival | None:
    """What came, or None when it is time to let the clocks tick."""
    try:
        arrival = queue.get(timeout=_TICK_SECONDS)
    except Empty:
        return None
    if isinstance(arrival, CliError):
        raise arrival
    return arrival


def _still_open(late: Sequence[Progress]) -> StillOpenError:
    lines = [f"{one.title}: {one.phase} ({one.request})" for one in late]
    move = f"It goes on; follow it with `idp show {late[0].request} --wait`."
    return StillOpenError("The time is up and not everything has ended.", lines=lines, move=move)


class _LineView:
    """For pipes and logs."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self.shown: AbstractContextManager[Any] = nullcontext()

    def update(self, progress: Mapping[str, Progress], news: _Arrival | None) -> None:
        if news:
            request, entry = news
            clock = datetime.fromisoformat(entry["at"]).astimezone().strftime("%H:%M:%S")
            line = f"{clock} {progress[request].title}: {describe(entry)}"
            self._console.print(line, markup=False, highlight=False, soft_wrap=True)


class _LiveView:
    """For a terminal: a panel per request, side by side while they fit."""

    def __init__(self, console: Console) -> None:
        self.shown = Live(console=console, auto_refresh=False)

    def update(self, progress: Mapping[str, Progress], _: object) -> None:
        self.shown.update(side_by_side([panel(one, datetime.now(UTC)) for one in progress.values()]), refresh=True)


def side_by_side(panels: Sequence[Panel]) -> Table:
    """Two in a row."""
    grid = Table.grid(expand=True)
    for _ in panels[:2]:
        grid.add_column(ratio=1)
    for first in range(0, len(panels), 2):
        grid.add_row(*panels[first : first + 2])
    return grid


def panel(progress: Progress, now: datetime) -> Panel:
    """One request: its steps with their clocks, what was planned, and where it stands."""
    rows = Table.grid(padding=(0, 1))
    for step in progress.steps.values():
        mark, style = _MARKS.get(step.phase, ("?", ""))
        rows.add_row(Text(mark, style), Text(step.name, style), Text(_seconds(step, now), "dim"))
    if progress.changes is not None:
        rows.add_row("", Text(describe({"kind": "planned", "data": {"changes": progress.changes}}), "dim"), "")
    style = _STYLES.get(progress.phase, "cyan")
    foot = Text(progress.message or progress.phase, style)
    return Panel(Group(rows, foot), title=Text(progress.title), title_align="left", border_style=style)


def _seconds(step: StepSeen, now: datetime) -> str:
    if step.phase in {"Pending", "Skipped", "Omitted"}:
        return ""
    end = now if step.running else step.changed_at
    return f"{max((end - step.started_at).total_seconds(), 0):.1f} s"
