"""Nodes of a run, named and numbered as Argo has them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from idp.engines.protocol import FINISHED, NodeSeen, Phase


@dataclass(slots=True)
class Node:
    """One node. Times in seconds since the epoch; `boundary` is the name of the DAG it is in, `attempt_of` of its retry node."""

    id: str
    name: str
    display_name: str
    type: str
    phase: Phase
    template: str
    boundary: str = ""
    attempt_of: str = ""
    message: str = ""
    started: float = 0.0
    finished: float | None = None
    outputs: dict[str, str] = field(default_factory=dict)
    artifacts: dict[str, str] = field(default_factory=dict)
    """Paths of the files it left."""
    attempts: int = 0
    ending: str = ""
    """Why its step was told to stop, while that is not over."""
    shown: NodeSeen | None = field(default=None, repr=False)
    """What `seen` made since the last change."""

    @property
    def fulfilled(self) -> bool:
        """It will not change any more."""
        return self.phase in FINISHED

    @property
    def failed(self) -> bool:
        """Failed or Error."""
        return self.phase in ("Failed", "Error")

    def seen(self) -> NodeSeen:
        """As the protocol shows it; `shown` keeps it until the next change."""
        self.shown = NodeSeen(
            id=self.id,
            name=self.display_name,
            type=self.type,
            phase=self.phase,
            template=self.template,
            message=self.message,
            started_at=moment(self.started),
            finished_at=moment(self.finished),
            outputs=dict(self.outputs),
        )
        return self.shown

    def record(self) -> dict[str, Any]:
        """For the journal."""
        values = {name: getattr(self, name) for name in _RECORDED}
        return {name: value for name, value in values.items() if value not in ("", None, {}, 0)}


_RECORDED = tuple(name for name in Node.__slots__ if name != "shown")


def from_record(record: Mapping[str, Any]) -> Node:
    """The node that the journal tells of."""
    return Node(**record)


def moment(seconds: float | None) -> datetime | None:
    """A time of ours as the protocol has it."""
    return datetime.fromtimestamp(seconds, UTC) if seconds else None
