"""One run's life: begin, what comes back from its steps, resume, stop, restart, end.

Source of the rules here and in `walks`, `trials` and `cuts`: argo-workflows v3.7.18, workflow/controller/operator.go, dag.go,
exec_control.go. Nothing in them waits or touches the disk: what is to be done outside is asked of the `Host`, and comes
back as a call.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from idp.engines.local import cuts, trials, walks
from idp.engines.local.nodes import Node, from_record
from idp.engines.local.outcomes import Ended
from idp.engines.local.status import Host, Status
from idp.engines.local.templates import Template
from idp.engines.local.workflows import Workflow
from idp.engines.protocol import Phase


class Run(Status):
    """A Workflow's status and what moves it on."""

    def wait_for_lock(self, message: str) -> None:
        """Another run has the mutex."""
        self.message = message
        self.host.changed(self)

    def begin(self) -> None:
        """The mutex is ours, or there is none."""
        self.phase, self.message, self.started = "Running", "", time.time()
        cuts.watch_deadline(self)
        self.execute(self.name, self.name, self.template(self.workflow.entrypoint), "")
        self._settle()

    def resume(self) -> None:
        """Let every active suspension pass."""
        for node in list(self.nodes.values()):
            if node.type == "Suspend" and not node.fulfilled:
                self.mark(node, "Succeeded")
        self.drain()

    def stop(self) -> None:
        """What runs is told to stop, what waits never starts; only the exit handler goes on.

        A run that waits for its mutex stays Pending, as in Argo, and fails at once when it has it.
        """
        self.stopped = True
        if self.phase == "Running":
            cuts.stop(self)
        self._settle()

    def recover(self) -> None:
        """Go on after a restart, from what the journal told."""
        cuts.watch_deadline(self)
        for node in sorted(self.nodes.values(), key=lambda node: node.finished or 0.0):
            self._tell_all(node)
        self.ending |= {node.name for node in self.nodes.values() if node.ending and node.fulfilled}
        for node in list(self.nodes.values()):
            if self.winds_up(node):
                self.host.find_step(self, node)
            elif not node.fulfilled and not self._left_behind(node):
                self._recover(node)
        if not self.nodes:
            self.execute(self.name, self.name, self.template(self.workflow.entrypoint), "")
        self.drain()
        self._complete_if_done()

    # ---- what comes back from the host

    def step_started(self, name: str) -> None:
        """Its process runs."""
        node = self.nodes[name]
        if node.phase == "Pending":
            self.mark(node, "Running", "")
            cuts.watch_step(self, node)
            self.drain()

    def step_ended(self, name: str, ended: Ended) -> None:
        """Its process is gone, and what it left is collected."""
        node = self.nodes[name]
        node.outputs.update(ended.outputs)
        node.artifacts.update(ended.artifacts)
        self._tell_all(node)
        late, node.ending = node.ending == cuts.POD_DEADLINE, ""
        self.ending.discard(name)
        self.touch(node)
        if node.fulfilled:
            self.settled.append(node)
        else:
            self.mark(node, "Failed" if late else ended.phase, cuts.POD_DEADLINE if late else ended.message)
        self.drain()
        self._complete_if_done()

    def drain(self) -> None:
        """Follow up on every node that ended, and on those that end thereby."""
        while self.settled:
            self._follow(self.settled.popleft())
        self.host.changed(self)

    def end(self, phase: Phase, message: str) -> None:
        """The run is over."""
        self.phase, self.message, self.finished_at = phase, message, time.time()
        self.started = self.started or self.finished_at
        self.host.changed(self)
        self.host.finished(self)

    # ---- executing templates

    def execute(self, name: str, display_name: str, template: Template, boundary: str) -> None:
        """Make the node of a template and set it going."""
        type_ = (
            "DAG"
            if template.tasks is not None
            else "Suspend"
            if template.suspend
            else "Retry"
            if template.retry
            else "Pod"
        )
        node = self.add(name, display_name, type_, template.name, boundary)
        if template.tasks is not None:
            walks.start(self, node, template.tasks)
        elif template.suspend:
            cuts.suspend(self, node)
        elif template.retry:
            trials.attempt(self, node)
        else:
            cuts.start(self, node)

    def _tell_all(self, node: Node) -> None:
        """Outputs with a `globalName` are the run's, too; the last to come has the word."""
        for output in self.template(node.template).outputs:
            if output.global_name and output.name in node.outputs:
                self.outputs[output.global_name] = node.outputs[output.name]

    def _settle(self) -> None:
        """What follows from a beginning or a stop; of a stopped run nothing else will."""
        self.drain()
        if self.stopped:
            cuts.give_up(self)
            self.drain()

    def _left_behind(self, node: Node) -> bool:
        """Of a DAG that has ended: nobody asks for it any more."""
        return bool(node.boundary) and self.nodes[node.boundary].fulfilled

    def _follow(self, node: Node) -> None:
        if self._left_behind(node):
            return
        if node.attempt_of:
            trials.ended(self, self.nodes[node.attempt_of], node)
        elif node.boundary:
            walks.advance(self, self.nodes[node.boundary], node.name.removeprefix(f"{node.boundary}."))
        else:
            self._complete_if_done()

    def _complete_if_done(self) -> None:
        """The exit handler follows the entrypoint; the end waits for steps that were told to stop."""
        entry, exit_name, handler = self.nodes[self.name], f"{self.name}.onExit", self.workflow.template.on_exit
        if not entry.fulfilled:
            return
        if handler and exit_name not in self.nodes:
            self.execute(exit_name, exit_name, self.template(handler), "")
            self.drain()
        exit_node = self.nodes.get(exit_name)
        if self.over or self.ending or (exit_node and not exit_node.fulfilled):
            return
        if entry.failed:
            self.end(entry.phase, cuts.STOPPED if self.stopped else entry.message)
        elif exit_node and exit_node.failed:
            self.end(exit_node.phase, exit_node.message)
        else:
            self.end("Succeeded", "")

    def _recover(self, node: Node) -> None:
        template = self.template(node.template)
        if template.tasks is not None:
            walks.recover(self, node, template.tasks)
        elif node.type == "Suspend":
            cuts.suspend(self, node)
        elif node.type == "Retry":
            trials.recover(self, node)
        else:
            cuts.watch_step(self, node)
            self.host.find_step(self, node)


def recovered(workflow: Workflow, host: Host, records: Sequence[Mapping[str, Any]]) -> Run:
    """The run that the journal tells of; `recover` makes it go on."""
    run = Run(workflow, host)
    for record in records:
        if "node" in record:
            node = from_record(record["node"])
            run.nodes[node.name] = node
        else:
            for name, value in record["run"].items():
                setattr(run, name, value)
    return run
