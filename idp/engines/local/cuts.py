"""Where steps and suspensions start, and what cuts them short: stopping, deadlines. Sources: exec_control.go, workflowpod.go."""

import time
from typing import TYPE_CHECKING, Final

from idp.engines.local.nodes import Node

if TYPE_CHECKING:
    from idp.engines.local.run import Run
    from idp.engines.local.status import Status

DEADLINE: Final = "Step exceeded its deadline"
POD_DEADLINE: Final = "Pod was active on the node longer than the specified deadline"
STOPPED: Final = "Stopped with strategy 'Stop'"
STOPPED_STEP: Final = "workflow shutdown with strategy:  Stop"
STOPPED_BEFORE: Final = "workflow shutdown with strategy: Stop"
"""Argo has two spaces in the one and one in the other."""


def start(run: "Run", node: Node) -> None:
    """Start a step, unless it is too late for that."""
    if shut(run, node):
        run.mark(node, "Failed", STOPPED_BEFORE)
    elif late(run, node):
        run.mark(node, "Failed", DEADLINE)
    else:
        run.host.start_step(run, node)


def suspend(run: "Run", node: Node) -> None:
    """Wait to be resumed, or for the template's duration."""
    template = run.template(node.template)
    if shut(run, node):
        run.mark(node, "Failed", STOPPED)
    elif late(run, node):
        run.mark(node, "Failed", DEADLINE)
    elif template.suspend and template.suspend.duration_seconds is not None:
        run.host.at(node.started + template.suspend.duration_seconds, lambda: _wake(run, node))


def stop(run: "Run") -> None:
    """Everything but the exit handler."""
    _cut(run, STOPPED_STEP, STOPPED)


def give_up(run: "Run") -> None:
    """A stopped DAG has failed at once, whatever its tasks do still: nothing follows from them any more."""
    for node in list(run.nodes.values()):
        if node.type == "DAG" and not node.fulfilled and shut(run, node):
            run.mark(node, "Failed")


def watch_deadline(run: "Run") -> None:
    """Cut everything short when the Workflow's time is over."""
    end = deadline(run)
    if end is not None:
        run.host.at(end, lambda: _out_of_time(run))


def watch_step(run: "Run", node: Node) -> None:
    """Stop a step when the template's time is over."""
    seconds = run.template(node.template).deadline_seconds
    if seconds is not None:
        run.host.at(node.started + seconds, lambda: _step_out_of_time(run, node))


def deadline(run: "Status") -> float | None:
    """When the Workflow is out of time, in seconds since the epoch."""
    seconds = run.workflow.template.deadline_seconds
    return None if seconds is None or run.started is None else int(run.started) + seconds


def shut(run: "Run", node: Node) -> bool:
    """Stopped, and not of the exit handler."""
    return run.stopped and not _of_the_exit_handler(run, node)


def late(run: "Run", node: Node) -> bool:
    """Out of time, and not of the exit handler."""
    end = deadline(run)
    return end is not None and time.time() >= end and not _of_the_exit_handler(run, node)


def _cut(run: "Run", step_message: str, suspend_message: str) -> None:
    for node in list(run.nodes.values()):
        if node.fulfilled or _of_the_exit_handler(run, node):
            continue
        if node.type == "Pod":
            _cut_step(run, node, step_message)
        elif node.type == "Suspend":
            run.mark(node, "Failed", suspend_message)
        elif node.type == "Retry":
            last = run.nodes[f"{node.name}({node.attempts - 1})"]
            if last.fulfilled and not run.winds_up(last):  # it waits for its next attempt
                run.settled.append(last)


def _cut_step(run: "Run", node: Node, message: str) -> None:
    """The node fails now. Its process has its grace; what follows from its end waits for that, and so does the run's."""
    if run.host.stop_step(run, node):
        node.ending = message
        run.ending.add(node.name)
        run.end_early(node, message)
    else:
        run.mark(node, "Failed", message)


def _out_of_time(run: "Run") -> None:
    if run.phase == "Running":
        _cut(run, DEADLINE, DEADLINE)
        run.drain()


def _step_out_of_time(run: "Run", node: Node) -> None:
    if not node.fulfilled and run.host.stop_step(run, node):
        node.ending = POD_DEADLINE
        run.touch(node)
        run.host.changed(run)


def _wake(run: "Run", node: Node) -> None:
    if not node.fulfilled:
        run.mark(node, "Succeeded")
        run.drain()


def _of_the_exit_handler(run: "Run", node: Node) -> bool:
    return f"{node.name}.".startswith(f"{run.name}.onExit.")
