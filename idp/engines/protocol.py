"""What an engine can do, and what is seen of a run."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from idp.errors import UnavailableError

Phase = Literal["Pending", "Running", "Succeeded", "Failed", "Error", "Skipped", "Omitted"]
"""Argo's words. A Workflow is never Skipped or Omitted."""

FINISHED: frozenset[Phase] = frozenset({"Succeeded", "Failed", "Error", "Skipped", "Omitted"})


class EngineUnavailableError(UnavailableError):
    """The engine gave no usable answer; whether the call had an effect is unknown. Repeating it is safe."""

    slug = "engine-unavailable"


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeSeen:
    """One node of a run. `name` is Argo's display name: the task's name, `look` or `gate` say."""

    id: str
    name: str
    type: str
    phase: Phase
    template: str = ""
    message: str = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    outputs: Mapping[str, str] = field(default_factory=dict)
    """Output parameters by name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RunSeen:
    """A Workflow as the engine last showed it. `uid` tells two Workflows of one name apart."""

    name: str
    uid: str
    phase: Phase
    message: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    nodes: tuple[NodeSeen, ...] = ()
    outputs: Mapping[str, str] = field(default_factory=dict)
    """Global outputs (`globalName`) so far."""
    started_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def finished(self) -> bool:
        """No node will change any more."""
        return self.phase in FINISHED


class Engine(Protocol):
    """Argo Events and Argo Workflows, or the embedded interpreter of the same manifests."""

    async def publish(self, path: str, body: bytes) -> None:
        """Hand over one event; returns when the engine holds it durably.

        Raises:
            EngineUnavailableError: the event may or may not be held; publish it again with the same body.
        """

    def runs(self) -> AsyncIterator[RunSeen]:
        """Every run that is known, then every change. Ends or raises EngineUnavailableError; then call it again."""

    async def run(self, name: str) -> RunSeen | None:
        """The run as it stands, None where there is none. Raises EngineUnavailableError."""

    async def resume(self, run: str) -> None:
        """Let the run's gate pass. Done twice it changes nothing. Raises EngineUnavailableError, NotFoundError.

        A gate that has not come up yet is EngineUnavailableError where the engine knows, so that nothing asked for is lost.
        """

    async def stop(self, run: str) -> None:
        """Stop the run: what runs gets SIGTERM, what waits never starts. Done twice it changes nothing.

        Raises EngineUnavailableError, NotFoundError.
        """

    def logs(self, run: str, step: str, *, follow: bool) -> AsyncIterator[str]:
        """Lines of one step, by node name (`look`, say), oldest first, without line ends; `follow` waits for more.

        Raises EngineUnavailableError, and NotFoundError where run or step are not known or the log is gone.
        """


@dataclass(frozen=True, kw_only=True, slots=True)
class StepIdentity:
    """Which step of which run is calling, as the engine vouches for it: nothing of it is taken from the caller's words."""

    run: str
    run_uid: str
    step: str


class StepVerifier(Protocol):
    """Tells the step from the token that the engine gave it."""

    async def verify(self, token: str) -> StepIdentity | None:
        """None where the token does not hold. Raises EngineUnavailableError."""
