"""Making one row of the table happen on an engine, whichever it is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from idp.engines.protocol import NodeSeen, RunSeen
from idp.names import node_id
from tests.cluster.fidelity.table import Case

Sight = Callable[[RunSeen], bool]

_ATTEMPTS = 3
"""So often a `look` is tried at most."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """A run to start. `does` says to the stand-in for the runner what to do at which node id."""

    run: str
    verb: str
    resource: str | None
    approval: str | None
    """None is an argument without a value."""
    does: Mapping[str, str]

    @property
    def request(self) -> dict[str, Any]:
        """What a step gets to read."""
        return {"team": "payments", "name": "checkout", "does": self.does}


class Stage(Protocol):
    """One engine, with the case's templates on it."""

    async def start(self, order: Order) -> None:
        """Create the Workflow as the Sensor does."""

    async def until(self, run: str, holds: Sight) -> RunSeen:
        """The run as soon as this holds of it."""

    async def at_work(self, run: str, node: str) -> None:
        """Wait until the node's step has begun, and the engine waits for what it leaves."""

    async def resume(self, run: str) -> None:
        """Let the gate pass."""

    async def stop(self, run: str) -> None:
        """Stop the run."""

    async def block(self, run: str, node: str) -> None:
        """See to it that the node's step cannot be started."""


async def play(case: Case, stage: Stage, run: str) -> RunSeen:
    """The run of the case as it is to be compared."""
    if case.who == "mutex":
        return await _behind_another(case, stage, run)
    await stage.start(_order(case, run))
    match case.who, case.what:
        case "gate", "waits":
            return await stage.until(run, _at("gate", "Running"))
        case "gate", "approved":
            await stage.until(run, _at("gate", "Running"))
            await stage.resume(run)
        case "gate", "rejected":
            await stage.until(run, _at("gate", "Running"))
            await stage.stop(run)
        case who, "cannot start":
            await stage.until(run, _at("gate", "Running"))
            await stage.block(run, _pod(who))
            await stage.resume(run)
        case who, "is stopped" | "is stopped and finishes":
            await stage.at_work(run, _pod(who))
            await stage.stop(run)
    return await stage.until(run, _over)


async def _behind_another(case: Case, stage: Stage, run: str) -> RunSeen:
    other = f"{run}-other"
    await stage.start(Order(run=other, verb=case.verb, resource=run, approval="required", does={}))
    await stage.until(other, _at("gate", "Running"))
    await stage.start(_order(case, run))
    waiting = await stage.until(run, lambda seen: seen.phase == "Pending" and seen.message != "")
    if case.what == "waits":
        return waiting
    if case.what == "is stopped while it waits":
        await stage.stop(run)
    await stage.resume(other)
    return await stage.until(run, _over)


def _order(case: Case, run: str) -> Order:
    verb, approval = case.verb, case.approval
    match case.who, case.what:
        case "verb", "is none of the template's":
            verb = "nonsense"
        case "verb", "names a step":
            verb = "terraform-apply"
    return Order(
        run=run,
        verb=verb,
        resource=None if case.who == "resource" else run,
        approval=None if case.who == "approval" else approval,
        does=_does(case, run),
    )


def _does(case: Case, run: str) -> dict[str, str]:
    if case.who in {"", "gate", "mutex", "verb", "approval", "resource"}:
        return {}
    names = [f"look({n})" for n in range(_ATTEMPTS)] if case.who == "look" else [case.who]
    return {node_id(run, f"{run}.{name}"): case.what for name in names}


def _pod(who: str) -> str:
    return "look(0)" if who == "look" else who


def _at(node: str, phase: str) -> Sight:
    return lambda seen: any((found.name, found.phase) == (node, phase) for found in seen.nodes)


def _over(seen: RunSeen) -> bool:
    return seen.finished


def node_of(seen: RunSeen, name: str) -> NodeSeen:
    """The node of this name. Raises StopIteration."""
    return next(node for node in seen.nodes if node.name == name)
