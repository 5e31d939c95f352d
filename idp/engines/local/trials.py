"""A step that may be tried again: the Retry node and its attempts. Source: processNodeRetries in Argo's operator.go."""

import time
from typing import TYPE_CHECKING

from idp.engines.local import cuts
from idp.engines.local.nodes import Node, moment
from idp.engines.local.retries import Again, Attempts, Enough, decision

if TYPE_CHECKING:
    from idp.engines.local.run import Run


def attempt(run: "Run", retry: Node) -> None:
    """The next one."""
    number, retry.attempts = retry.attempts, retry.attempts + 1
    node = run.add(f"{retry.name}({number})", f"{retry.display_name}({number})", "Pod", retry.template, retry.boundary)
    node.attempt_of = retry.name
    run.touch(retry)
    cuts.start(run, node)


def ended(run: "Run", retry: Node, last: Node) -> None:
    """The last attempt is over: so is the whole, or there is another."""
    if last.phase == "Succeeded":
        _take_over(run, retry, last, None)
    elif run.stopped:
        _take_over(run, retry, last, cuts.STOPPED)
    elif cuts.late(run, last):
        _take_over(
            run,
            retry,
            last,
            f"retry exceeded workflow deadline {moment(cuts.deadline(run)):%Y-%m-%d %H:%M:%S +0000 UTC}",
        )
    else:
        _again_or_not(run, retry, last)


def recover(run: "Run", retry: Node) -> None:
    """After a restart: the attempt that was counted may have no node yet."""
    last = run.nodes.get(f"{retry.name}({retry.attempts - 1})")
    if last is None:
        retry.attempts = max(0, retry.attempts - 1)
        attempt(run, retry)
    elif last.fulfilled and not run.winds_up(last):
        ended(run, retry, last)


def _again_or_not(run: "Run", retry: Node, last: Node) -> None:
    strategy = run.template(retry.template).retry
    assert strategy  # noqa: S101 - a Retry node is of such a template
    first = run.nodes[f"{retry.name}(0)"]
    attempts = Attempts(retry.attempts, last.phase, last.message, first.started, last.finished or 0.0)
    match decision(strategy, attempts, time.time()):
        case Enough(message):
            _take_over(run, retry, last, message)
        case Again(message="") if strategy.backoff:
            run.mark(retry, retry.phase, "")
            attempt(run, retry)
        case Again(message=""):
            attempt(run, retry)
        case Again(at, message):
            run.mark(retry, retry.phase, message)
            run.host.at(at, lambda: _wake(run, retry, last))


def _wake(run: "Run", retry: Node, last: Node) -> None:
    """The wait is over, unless the run was stopped meanwhile."""
    if not retry.fulfilled:
        ended(run, retry, last)
        run.drain()


def _take_over(run: "Run", retry: Node, last: Node, message: str | None) -> None:
    """The whole ended as its last attempt did."""
    retry.outputs, retry.artifacts = dict(last.outputs), dict(last.artifacts)
    run.mark(retry, last.phase, message)
