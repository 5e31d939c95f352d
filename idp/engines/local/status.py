"""What a run is at a moment: its phase, nodes and outputs, and how they are changed, shown and written down."""

import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from idp.engines.local import scope
from idp.engines.local.dags import Dag
from idp.engines.local.nodes import Node, moment
from idp.engines.local.scope import Inputs
from idp.engines.local.templates import Template
from idp.engines.local.workflows import Workflow
from idp.engines.protocol import FINISHED, Phase, RunSeen
from idp.names import node_id

if TYPE_CHECKING:
    from idp.engines.local.run import Run


class Host(Protocol):
    """What a run needs of the engine."""

    def start_step(self, run: "Run", node: Node) -> None:
        """Start the node's step when there is room; `step_started` and `step_ended` follow."""

    def find_step(self, run: "Run", node: Node) -> None:
        """After a restart: the same for a step that may have been started before."""

    def stop_step(self, run: "Run", node: Node) -> bool:
        """Take it from the queue, or SIGTERM and after the grace SIGKILL; True where it runs and `step_ended` follows."""

    def at(self, when: float, what: Callable[[], None]) -> None:
        """Call back at a time, in seconds since the epoch."""

    def changed(self, run: "Run") -> None:
        """Something is to be written down and shown."""

    def finished(self, run: "Run") -> None:
        """The run is over."""


class Status:
    """The state. `Run` adds the life."""

    def __init__(self, workflow: Workflow, host: Host) -> None:
        self.workflow = workflow
        self.host = host
        self.phase: Phase = "Pending"
        self.message = ""
        self.started: float | None = None
        self.finished_at: float | None = None
        self.stopped = False
        self.outputs: dict[str, str] = {}
        self.nodes: dict[str, Node] = {}
        self.dags: dict[str, Dag] = {}
        self.open_tasks: dict[str, int] = {}
        """How many tasks of each DAG have not ended."""
        self.waiting_for: dict[str, dict[str, int]] = {}
        """For how many others each task of each DAG waits."""
        self.ending: set[str] = set()
        """Nodes that have failed while their steps still wind up."""
        self.settled: deque[Node] = deque()
        self.unwritten: dict[str, Node] = {}

    @property
    def name(self) -> str:
        """The Workflow's."""
        return self.workflow.name

    @property
    def over(self) -> bool:
        """Nothing will change any more."""
        return self.phase in FINISHED

    @property
    def status(self) -> str:
        """`{{workflow.status}}` in the exit handler: how the entrypoint ended."""
        entry = self.nodes[self.name]
        return entry.phase if entry.failed else "Succeeded"

    def seen(self) -> RunSeen:
        """As the protocol shows it."""
        return RunSeen(
            name=self.name,
            uid=self.workflow.uid,
            phase=self.phase,
            message=self.message,
            labels=self.workflow.labels,
            nodes=tuple([node.shown or node.seen() for node in self.nodes.values()]),
            outputs=dict(self.outputs),
            started_at=moment(self.started),
            finished_at=moment(self.finished_at),
        )

    def record(self) -> dict[str, Any]:
        """For the journal, without the nodes."""
        return {
            "phase": self.phase,
            "message": self.message,
            "started": self.started,
            "finished_at": self.finished_at,
            "stopped": self.stopped,
            "outputs": self.outputs,
        }

    def template(self, name: str) -> Template:
        """A template by its name."""
        return self.workflow.template.templates[name]

    def add(self, name: str, display_name: str, type_: str, template: str, boundary: str) -> Node:
        """A new node."""
        node = Node(
            id=node_id(self.name, name),
            name=name,
            display_name=display_name,
            type=type_,
            phase="Pending" if type_ in ("Pod", "Skipped") else "Running",
            template=template,
            boundary=boundary,
            started=time.time(),
        )
        self.nodes[name] = node
        self.touch(node)
        return node

    def mark(self, node: Node, phase: Phase, message: str | None = None) -> None:
        """The node's new phase; what follows from an end waits for `drain`."""
        node.phase = phase
        if message is not None:
            node.message = message
        if node.fulfilled:
            node.finished = node.finished or time.time()
            self.settled.append(node)
        self.touch(node)

    def end_early(self, node: Node, message: str) -> None:
        """It has failed while its step winds up: nothing follows before that is over."""
        node.phase, node.message, node.finished = "Failed", message, time.time()
        self.touch(node)

    def winds_up(self, node: Node) -> bool:
        """Its step was told to stop, and is not over."""
        return node.name in self.ending

    def touch(self, node: Node) -> None:
        """It is to be shown and written down anew."""
        node.shown = None
        self.unwritten[node.name] = node

    def inputs(self, node: Node) -> Inputs:
        """What a node's template was given: worked out again each time, since what it depends on does not change."""
        if node.boundary:
            boundary = self.nodes[node.boundary]
            task = self.dags[boundary.name].tasks[(node.attempt_of or node.name).removeprefix(f"{boundary.name}.")]
            return scope.arguments(self, boundary.name, task, self.inputs(boundary))
        given = self.template(node.template).inputs
        arguments = self.workflow.arguments if node.name == self.name else {}
        return Inputs({name: arguments.get(name, default or "") for name, default in given.items()})
