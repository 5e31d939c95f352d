"""LocalEngine: the rendered manifests, carried out in this process and its supervisor."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path

import structlog

from idp.engines.local import events, logs, workflows
from idp.engines.local.errors import DroppedEventError, ManifestError
from idp.engines.local.hosting import Hosting
from idp.engines.local.manifests import Manifests, load
from idp.engines.local.nodes import Node
from idp.engines.local.run import Run
from idp.engines.local.steps import Surroundings
from idp.engines.protocol import EngineUnavailableError, RunSeen, StepVerifier
from idp.errors import NotFoundError

_log = structlog.get_logger(__name__)


class LocalEngine:
    """An Engine that needs no cluster. One per folder at a time: who makes it sees to that.

    `config_maps` stand in for the manifests' ConfigMaps of the same names, with the same keys. `image_environment` is what the
    runner's image would bring (PATH, LANG). At most `parallelism` steps run at a time.
    """

    def __init__(
        self,
        manifests: Path,
        folder: Path,
        *,
        config_maps: Mapping[str, Mapping[str, str]],
        image_environment: Mapping[str, str],
        parallelism: int,
    ) -> None:
        """Load the manifests. Raises ManifestError for anything in them that is not carried out."""
        self.manifests: Manifests = load(manifests)
        _same_keys(self.manifests, config_maps)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._hosting = Hosting(folder.resolve(), Surroundings(config_maps, image_environment), parallelism)

    @property
    def verifier(self) -> StepVerifier:
        """Tells steps by the tokens they were given."""
        return self._hosting.tokens

    async def start(self) -> None:
        """Go on with every run on the disk, and be ready for events."""
        await self._hosting.open()

    async def close(self) -> None:
        """Write down what is known and leave; steps run on and are found again by the next engine on this folder."""
        await self._hosting.close()

    async def publish(self, path: str, body: bytes) -> None:
        """As POST to the EventSource: returns when every Workflow that follows is on the disk."""
        endpoint = self.manifests.endpoints.get(path)
        if endpoint is None:
            message = f"404 page not found: no EventSource has an endpoint {path!r}."
            raise EngineUnavailableError(message)
        if len(body) > endpoint.largest_body:
            message = f"400: the event's body has {len(body)} bytes, the EventSource takes {endpoint.largest_body}."
            raise EngineUnavailableError(message)
        try:
            data = events.event(body)
        except ValueError as error:
            message = f"400: the event's body is no JSON: {error}"
            raise EngineUnavailableError(message) from error
        for sensor in self.manifests.sensors:
            for trigger in sensor.triggers_of(endpoint):
                await self._pull(sensor, trigger, data)

    def runs(self) -> AsyncIterator[RunSeen]:
        """Every run that is known, then every change, until the engine closes."""
        return self._hosting.listen()

    async def run(self, name: str) -> RunSeen | None:
        """The run as it stands."""
        run = self._hosting.find(name)
        return run.seen() if run else None

    async def resume(self, run: str) -> None:
        """Let the run's suspended gate pass; durable when this returns.

        One that has not come up yet is EngineUnavailableError, so that the resume is not lost.
        """
        found = self._hosting.known(run)
        if not found.over and not any(node.type == "Suspend" for node in found.nodes.values()):
            message = f"The gate of the run {run} is not reached yet; ask again."
            raise EngineUnavailableError(message)
        self._hosting.decide(found, found.resume)

    async def stop(self, run: str) -> None:
        """Stop the run; durable when this returns."""
        found = self._hosting.known(run)
        self._hosting.decide(found, found.stop)

    async def logs(self, run: str, step: str, *, follow: bool) -> AsyncIterator[str]:
        """The step's lines; of a step that was tried again, all attempts one after the other."""
        found = self._hosting.known(run)
        if not list(_pods(found, step)):
            message = f"The run {run} has no step {step!r} with a log."
            raise NotFoundError(message)
        number = 0
        while number < len(pods := list(_pods(found, step))):
            log = Path(self._hosting.store.log(run, pods[number].id))
            async for line in logs.lines(log, _over(pods[number]), follow=follow):
                yield line
            number += 1

    async def _pull(self, sensor: events.Sensor, trigger: events.Trigger, data: str) -> None:
        try:
            resource = events.resource(trigger, data)
            manifest = self.manifests.templates[resource["spec"]["workflowTemplateRef"]["name"]]
            workflow = workflows.created(resource, manifest, trigger.namespace)
        except DroppedEventError as error:
            _log.error(
                "event_dropped",
                sensor=sensor.name,
                trigger=trigger.name,
                reason=str(error),
                note="Argo Events would try again, fail, run the dlqTrigger and acknowledge; here no dlqTrigger is run.",
            )
        else:
            await self._hosting.create(workflow)


def _same_keys(manifests: Manifests, given: Mapping[str, Mapping[str, str]]) -> None:
    for name in sorted(manifests.config_maps.keys() | given.keys()):
        wanted, have = manifests.config_maps.get(name, frozenset()), frozenset(given.get(name, {}))
        if wanted != have:
            reason = f"has the keys {sorted(wanted)}; the engine was given {sorted(have)}"
            file = f"ConfigMap {name}"
            raise ManifestError(file, "data", reason)


def _pods(run: Run, step: str) -> Iterator[Node]:
    """The nodes with a log that go by this name: one, or the attempts of one."""
    for node in run.nodes.values():
        retried = run.nodes[node.attempt_of].display_name if node.attempt_of else ""
        if node.type == "Pod" and step in (node.display_name, retried):
            yield node


def _over(node: Node) -> Callable[[], bool]:
    """It has ended, and its process, too."""
    return lambda: node.fulfilled and not node.ending
