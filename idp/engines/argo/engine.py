"""ArgoEngine: events to the EventSource, runs from the Kubernetes API, decisions to the Argo Server."""

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass

import structlog

from idp import names
from idp.engines.argo.argo_server import ArgoServer
from idp.engines.argo.event_source import EventSource
from idp.engines.argo.logs import StepLog
from idp.engines.argo.objects import Nodes, Workflow
from idp.engines.argo.pods import Pods
from idp.engines.argo.seen import ElsewhereError, nodes, run_seen
from idp.engines.argo.service import Address, Service, session
from idp.engines.argo.verifier import TokenReviewVerifier
from idp.engines.argo.watching import Watching
from idp.engines.protocol import FINISHED, EngineUnavailableError, RunSeen, StepVerifier
from idp.errors import NotFoundError

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Places:
    """Where the parts of the engine are."""

    event_source: Address
    kubernetes: Address
    argo_server: Address
    namespace: str
    """Where the runs are."""


class ArgoEngine:
    """An Engine on a real cluster. Any number may work on one: it holds nothing that is not in the cluster.

    Made inside the event loop that it is used in.
    """

    def __init__(self, places: Places) -> None:
        namespace = places.namespace
        self._session = session()
        kubernetes = Service(self._session, places.kubernetes)
        self._source = EventSource(Service(self._session, places.event_source))
        self._server = ArgoServer(Service(self._session, places.argo_server), namespace)
        self.watching = Watching(kubernetes, namespace)
        self._pods = Pods(kubernetes, namespace)
        self._verifier = TokenReviewVerifier(kubernetes, self._pods, self.watching.workflow, namespace)

    @property
    def verifier(self) -> StepVerifier:
        """Tells steps by the tokens that the cluster mounts into their pods."""
        return self._verifier

    async def close(self) -> None:
        """End all connections."""
        await self._session.close()

    async def publish(self, path: str, body: bytes) -> None:
        """POST to the EventSource."""
        await self._source.publish(path, body)

    async def runs(self) -> AsyncGenerator[RunSeen]:
        """Every run that is known, then every change, without end. One that cannot be shown now hides no other."""
        async for workflow in self.watching.workflows():
            try:
                run = await self._seen(workflow)
            except EngineUnavailableError as error:
                _log.warning("run_not_shown", run=workflow.metadata.name, reason=str(error))
                continue
            if run:
                yield run

    async def run(self, name: str) -> RunSeen | None:
        """The run as it stands."""
        workflow = await self.watching.workflow(name)
        return await self._seen(workflow) if workflow else None

    async def resume(self, run: str) -> None:
        """Let the gate pass; one that has not come up yet is EngineUnavailableError, so that the resume is not lost."""
        try:
            await self._server.resume(run)
        except EngineUnavailableError:
            if not _passed(await self._known(run)):
                raise

    async def stop(self, run: str) -> None:
        """Stop the run."""
        try:
            await self._server.stop(run)
        except EngineUnavailableError:
            if not (await self._known(run)).finished:
                raise

    async def logs(self, run: str, step: str, *, follow: bool) -> AsyncIterator[str]:
        """The step's lines; of a step that was tried again, all attempts one after the other."""

        async def look() -> Nodes:
            workflow = await self.watching.workflow(run)
            found = await self._nodes(workflow) if workflow else None
            if found is None:
                raise _unknown(run)
            return found

        async for line in StepLog(self._pods, look, run=run, step=step).lines(follow=follow):
            yield line

    async def _known(self, run: str) -> RunSeen:
        found = await self.run(run)
        if found is None:
            raise _unknown(run)
        return found

    async def _seen(self, workflow: Workflow) -> RunSeen | None:
        found = await self._nodes(workflow)
        return run_seen(workflow, found) if found is not None else None

    async def _nodes(self, workflow: Workflow) -> Nodes | None:
        """By way of the Argo Server where the object has them in no form that is read here; None where it is gone by then."""
        try:
            return nodes(workflow)
        except ElsewhereError as error:
            name = workflow.metadata.name
            _log.info("status_elsewhere", run=name, reason=str(error))
        shown = await self._server.workflow(name)
        try:
            return nodes(shown) if shown else None
        except ElsewhereError as error:
            message = f"The Argo Server does not show the nodes of {name}: {error}"
            raise EngineUnavailableError(message) from error


def _passed(run: RunSeen) -> bool:
    gates = [node.phase in FINISHED for node in run.nodes if node.name == names.TASK_GATE]
    return run.finished or any(gates)


def _unknown(run: str) -> NotFoundError:
    return NotFoundError(f"There is no run {run!r}: it never was, or its time is over.")
