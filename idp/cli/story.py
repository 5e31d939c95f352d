"""The demo's story: ada asks, grace agrees, everything is made, shown and removed again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console

from idp.cli import output
from idp.cli.client import Client, Json
from idp.cli.documents import Document
from idp.cli.errors import CliError, FailedError, RefusedByServerError
from idp.cli.history import Progress
from idp.cli.progress import beginning, ended, title, watch
from idp.cli.sandbox import Sandbox

_LOG_LINES: Final = 40
_PATIENCE_SECONDS: Final = 300
"""For one chapter; a hundred times what it takes."""


@dataclass(frozen=True, kw_only=True)
class Story:
    """Chapters over one server; each raises CliError where the story takes another turn."""

    console: Console
    ada: Client
    """Member of the team: asks."""
    grace: Client
    """Approver: decides."""
    sandbox: Sandbox

    def provision(self, documents: Sequence[Document]) -> list[Json]:
        """Ask for everything; the requests as they ended."""
        self._chapter("ada asks for an environment and a storage account in production")
        filed = [self.ada.file("POST", f"/v1/{one.capability}", one.spec) for one in documents]
        return self._until_done(filed)

    def show(self, requests: Sequence[Json]) -> None:
        """What they brought."""
        self._chapter("what the team got")
        for one in requests:
            self.console.print(f"[bold]{output.resource(one)}[/]")
            self.console.print(output.outputs(one))
        self.console.print(f"On the disk now: {self.sandbox.described()}.")
        if not (any(self.sandbox.states().values()) and self.sandbox.world()):
            message = "The runs succeeded, but there is nothing on the disk."
            raise FailedError(message)

    def remove(self, requests: Sequence[Json]) -> None:
        """Delete the same; production needs a second person for that too."""
        self._chapter("ada removes both; production needs grace again")
        self._until_done([self.ada.file("DELETE", f"/v1/{output.resource(one)}") for one in requests])

    def prove_empty(self) -> None:
        """Look into the files. Raises FailedError where something is left."""
        self._chapter("what is left")
        states, world = self.sandbox.states(), self.sandbox.world()
        for key, count in states.items():
            self.console.print(f"Terraform state {key}: {count} resources")
        self.console.print(f"{self.sandbox.folder / 'cloud' / 'world'}: {len(world)} files")
        if any(states.values()) or world:
            message = "Not everything was removed."
            raise FailedError(message, lines=[*(key for key, count in states.items() if count), *world])

    def _until_done(self, filed: Sequence[Json]) -> list[Json]:
        """Watch; where the gate waits, decide; watch on."""
        seen = self._watched([beginning(one) for one in filed], lambda one: ended(one) or _waits(one))
        for one in seen:
            if _waits(one):
                self._decide(one.request)
        self._watched([one for one in seen if not ended(one)], ended)
        requests = [self._request(one.request) for one in seen]
        for request in requests:
            if request["phase"] != "succeeded":
                raise self._failed(request)
        return requests

    def _watched(self, progress: Sequence[Progress], until: Callable[[Progress], bool]) -> list[Progress]:
        return watch(self.ada, progress, self.console, until=until, timeout=_PATIENCE_SECONDS) if progress else []

    def _decide(self, request: str) -> None:
        """Ada may not agree to her own wish, and the server says so; grace sees the plan and approves exactly that."""
        found = self._request(request)
        self.console.print(f"\n[bold]{title(found)}[/] waits for approval. Its plan:")
        self.console.print(output.plan(found))
        decision = {"verdict": "approve", "digest": found["plan"]["digest"], "comment": "as planned"}
        try:
            self.ada.act(f"/v1/requests/{request}/approval", decision)
        except RefusedByServerError as refusal:
            self.console.print(f"ada tries to approve it herself: {refusal.message}", style="yellow")
        else:
            message = "The server let ada approve her own request."
            raise FailedError(message)
        self.grace.act(f"/v1/requests/{request}/approval", decision)
        self.console.print(f"grace approves the plan {decision['digest'][:12]}….\n", style="green")

    def _request(self, request: str) -> Json:
        found: Json = self.ada.read(f"/v1/requests/{request}")
        return found

    def _failed(self, request: Json) -> CliError:
        with self.ada.stream(f"/v1/requests/{request['id']}/logs") as answer:
            lines = list(answer.iter_lines())[-_LOG_LINES:]
        return FailedError(f"{title(request)} {request['phase']}: {request['message']}", lines=lines)

    def _chapter(self, text: str) -> None:
        self.console.print(f"\n[bold]── {text}[/]")


def open_requests(client: Client) -> list[Json]:
    """What an interrupted story leaves running."""
    return [one for one in client.items("/v1/requests") if one["finished_at"] is None]


def cancelled(client: Client, console: Console) -> None:
    """Cancel what runs and wait for its end, so that no step outlives the demo."""
    found = open_requests(client)
    for one in found:
        client.act(f"/v1/requests/{one['id']}/cancel")
    watch(client, [beginning(one) for one in found], console, timeout=30)


def examples() -> Path:
    """The folder `examples` beside the package. Raises CliError."""
    folder = Path(__file__).resolve().parents[2] / "examples"
    if not folder.is_dir():
        message = f"The demo needs {folder}, which is not there."
        raise CliError(message, move="Run it in a clone of the project: `idp demo`.")
    return folder


def _waits(progress: Progress) -> bool:
    return progress.phase == "awaiting-approval"
