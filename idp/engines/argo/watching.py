"""The Workflows of requests: all there are, then every change, for as long as someone looks."""

import asyncio
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Final

import structlog

from idp import names
from idp.engines.argo import legible
from idp.engines.argo.lines import lines
from idp.engines.argo.objects import Changed, Marked, Refused, Workflow, WorkflowList
from idp.engines.argo.position import Position
from idp.engines.argo.service import Answer, Service
from idp.engines.protocol import EngineUnavailableError

_log = structlog.get_logger(__name__)

SECONDS: Final = 60
"""For one page; the API server gives up after as many."""
PAGE: Final = 50
"""Of some 10 to 100 kB each."""
WATCH_SECONDS: Final = 240
"""Then the API server ends the watch, and the next one goes on from there."""
SILENCE_SECONDS: Final = WATCH_SECONDS + 30


class TooOldError(Exception):
    """The API server remembers nothing of this version any more: list again."""


class Watching:
    """Of one namespace, by the label that every run of ours has."""

    def __init__(self, kubernetes: Service, namespace: str) -> None:
        self._kubernetes = kubernetes
        self._path = f"/apis/argoproj.io/v1alpha1/namespaces/{namespace}/workflows"

    async def workflow(self, name: str) -> Workflow | None:
        """As it stands. Raises EngineUnavailableError."""
        found = await self._kubernetes.find(f"{self._path}/{name}", what=f"Workflow {name}", seconds=SECONDS)
        return legible.workflow(found) if found else None

    async def workflows(self) -> AsyncIterator[Workflow]:
        """Never ends. Raises EngineUnavailableError."""
        position = Position()
        while True:
            try:
                if position.list_first:
                    async for workflow in self._all(position):
                        yield workflow
                async for workflow in self._changes(position):
                    yield workflow
            except TooOldError:
                _log.info("watch_too_old", version=position.version)
                position.version = ""
            except EngineUnavailableError as error:
                if not position.failed():
                    raise
                _log.warning("watch_cut", reason=str(error))
            await asyncio.sleep(position.pause())

    async def _all(self, position: Position) -> AsyncIterator[Workflow]:
        async for page in self._pages():
            for workflow in page.items:
                yield workflow
            if not page.metadata.continue_:
                position.listed(page.metadata.resource_version)

    async def _changes(self, position: Position) -> AsyncIterator[Workflow]:
        """Until the API server ends the watch."""
        async for event in self.events(position.version):
            position.moved(event.object.metadata.resource_version)
            if isinstance(event, Changed) and _tells(event):
                yield event.object
        position.went_well()

    async def _pages(self) -> AsyncIterator[WorkflowList]:
        """All of one moment, page by page. Raises TooOldError where that moment is over before the last page."""
        params = {"labelSelector": names.LABEL_REQUEST, "limit": str(PAGE)}
        following: dict[str, str] = {}
        while True:
            answer = await self._kubernetes.ask("GET", self._path, params=params | following, seconds=SECONDS)
            self._check(answer, "LIST Workflows")
            page = legible.page(answer.body)
            yield page
            if not page.metadata.continue_:
                return
            following = {"continue": page.metadata.continue_}

    async def events(self, version: str) -> AsyncIterator[Changed | Marked]:
        """What happened after this version, until the API server ends it. Raises TooOldError, EngineUnavailableError."""
        params = {
            "labelSelector": names.LABEL_REQUEST,
            "watch": "true",
            "allowWatchBookmarks": "true",
            "resourceVersion": version,
            "timeoutSeconds": str(WATCH_SECONDS),
        }
        async with self._kubernetes.stream(self._path, params, silence=SILENCE_SECONDS) as response:
            if response.status != HTTPStatus.OK:
                self._check(Answer(response.status, await response.read()), "WATCH Workflows")
            async for line in lines(response.content.iter_any()):
                event = legible.event(line)
                if isinstance(event, Refused):
                    self._check(Answer(event.object.code, event.object.message.encode()), "WATCH Workflows")
                    return
                yield event

    def _check(self, answer: Answer, asked: str) -> None:
        if answer.status == HTTPStatus.GONE:
            raise TooOldError
        if answer.status != HTTPStatus.OK:
            self._kubernetes.refuse(asked, answer)


def _tells(event: Changed) -> bool:
    """A Workflow that went unfinished tells nothing: that it is not there is what the reconciler finds."""
    return event.type != "DELETED" or bool(event.object.status.finished_at)
