"""What a step wrote: the logs of its pods, one attempt after the other."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

from idp.engines.argo.executor import written_by_the_step
from idp.engines.argo.objects import Node, Nodes
from idp.engines.argo.pods import NotStartedError, Pods
from idp.engines.argo.seen import attempts
from idp.engines.protocol import FINISHED
from idp.errors import NotFoundError

LOOK_SECONDS: Final = 1.0
"""How often a step that has not started, or is to be tried again, is looked at; only while someone follows."""

Look = Callable[[], Awaitable[Nodes]]
"""The run's nodes as they stand. Raises EngineUnavailableError, NotFoundError."""


class StepLog:
    """Of one step of one run, by the step's name or that of one attempt."""

    def __init__(self, pods: Pods, look: Look, *, run: str, step: str) -> None:
        self._pods = pods
        self._look = look
        self._run = run
        self._step = step

    async def lines(self, *, follow: bool) -> AsyncIterator[str]:
        """See Engine.logs."""
        number = 0
        while (found := await self._attempt(number, follow=follow)) is not None:
            async for line in self._of(found, follow=follow):
                yield line
            number += 1

    async def _attempt(self, number: int, *, follow: bool) -> Node | None:
        """The attempt of this number, None where there is none and will be none. Raises NotFoundError where there never was."""
        while True:
            nodes = await self._look()
            found = attempts(nodes, self._step)
            if not found:
                message = f"The run {self._run} has no step {self._step!r} with a log."
                raise NotFoundError(message)
            if number < len(found):
                return found[number]
            if not follow or _over(nodes, self._step):
                return None
            await asyncio.sleep(LOOK_SECONDS)

    async def _of(self, node: Node, *, follow: bool) -> AsyncIterator[str]:
        """One attempt's lines. A connection that was cut before the container ended is taken up where it was."""
        told = 0
        while True:
            ended = await self._ended(node.id)
            seen = 0
            try:
                async for line in self._log(node.id, follow=follow):
                    seen += 1
                    if seen > told:
                        told = seen
                        yield line
            except NotStartedError:
                pass
            if ended or not follow:
                return
            await asyncio.sleep(LOOK_SECONDS)

    async def _log(self, node: str, *, follow: bool) -> AsyncIterator[str]:
        pod = await self._pods.of_node(self._run, node)
        if pod is None:
            message = f"The pod of {self._step} of {self._run} is gone, and its log with it."
            raise NotFoundError(message)
        async for line in written_by_the_step(self._pods.log(pod.metadata.name, follow=follow)):
            yield line

    async def _ended(self, node: str) -> bool:
        return (await self._look())[node].phase in FINISHED


def _over(nodes: Nodes, step: str) -> bool:
    """The step, not only its last attempt, has ended."""
    return all(node.phase in FINISHED for node in nodes.values() if node.display_name == step)
