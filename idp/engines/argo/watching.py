"""The Workflows of requests: all there are, then every change, for as long as someone looks."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from typing import Any, Final

import orjson
import structlog
from pydantic import ValidationError

from idp import names
from idp.engines.argo.lines import lines
from idp.engines.argo.objects import WATCH_EVENT, Changed, Marked, Metadata, Refused, Workflow, WorkflowList
from idp.engines.argo.service import Answer, Service
from idp.engines.protocol import EngineUnavailableError

_log = structlog.get_logger(__name__)

SECONDS: Final = 60
"""For one page; the API server gives up after as many."""
PAGE: Final = 100
WATCH_SECONDS: Final = 240
"""Then the API server ends the watch, and the next one goes on from there."""
SILENCE_SECONDS: Final = WATCH_SECONDS + 30
LIST_AGAIN_SECONDS: Final = 900.0
"""When a watch ends and the last list is older: what a watch did not tell is seen then at the latest."""
PATIENCE: Final = 5
"""So many watches in a row that tell nothing before the caller hears of it."""
PAUSE_SECONDS: Final = 0.2
"""At most, between two watches; longer after each failure. A server that ends them at once is not asked in a busy loop."""
_GONE: Final = 410
_LONGEST_REASON: Final = 1000


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
        return Workflow.model_validate_json(found) if found else None

    async def workflows(self) -> AsyncIterator[Workflow]:
        """Never ends. Raises EngineUnavailableError."""
        version, failures, listed = "", 0, 0.0
        while True:
            try:
                if not version or time.monotonic() - listed > LIST_AGAIN_SECONDS:
                    listed = time.monotonic()
                    async for page in self._pages():
                        for workflow in page.items:
                            yield workflow
                        version = page.metadata.resource_version if not page.metadata.continue_ else ""
                async for event in self.events(version):
                    version, failures = event.object.metadata.resource_version, 0
                    if isinstance(event, Changed) and _tells(event):
                        yield event.object
                failures = 0
            except TooOldError:
                _log.info("watch_too_old", version=version)
                version = ""
            except EngineUnavailableError as error:
                failures += 1
                if failures > PATIENCE or not version:
                    raise
                _log.warning("watch_cut", failures=failures, reason=str(error))
            await asyncio.sleep(random.uniform(0, PAUSE_SECONDS * 2**failures))  # noqa: S311 - no secret

    async def _pages(self) -> AsyncIterator[WorkflowList]:
        """All of one moment, page by page. Raises TooOldError where that moment is over before the last page."""
        following = ""
        while True:
            params = {"labelSelector": names.LABEL_REQUEST, "limit": str(PAGE)}
            answer = await self._kubernetes.ask(
                "GET", self._path, params=params | ({"continue": following} if following else {}), seconds=SECONDS
            )
            self._check(answer, "LIST Workflows")
            page = _page(answer.body)
            yield page
            following = page.metadata.continue_
            if not following:
                return

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
            if response.status != 200:  # noqa: PLR2004 - OK
                self._check(Answer(response.status, await response.read()), "WATCH Workflows")
            async for line in lines(response.content.iter_any()):
                event = _event(line)
                if isinstance(event, Refused):
                    self._check(Answer(event.object.code, event.object.message.encode()), "WATCH Workflows")
                    return
                yield event

    def _check(self, answer: Answer, asked: str) -> None:
        if answer.status == _GONE:
            raise TooOldError
        if answer.status != 200:  # noqa: PLR2004 - OK
            self._kubernetes.refuse(asked, answer)


def _tells(event: Changed) -> bool:
    """A Workflow that went unfinished tells nothing: that it is not there is what the reconciler finds."""
    return event.type != "DELETED" or bool(event.object.status.finished_at)


def _page(body: bytes) -> WorkflowList:
    """One that cannot be read must not hide the others."""
    try:
        return WorkflowList.model_validate_json(body)
    except ValidationError:
        found = orjson.loads(body)
        legible = tuple(item for item in map(_legible, found["items"]) if item)
        return WorkflowList.model_construct(metadata=Metadata.model_validate(found["metadata"]), items=legible)


def _legible(item: Any) -> Workflow | None:
    try:
        return Workflow.model_validate(item)
    except ValidationError as error:
        _tell(item, error)
        return None


def _event(line: bytes) -> Changed | Marked | Refused:
    """What cannot be read moves the watch on, as a bookmark does."""
    try:
        return WATCH_EVENT.validate_json(line)
    except ValidationError as error:
        found = orjson.loads(line)["object"]
        _tell(found, error)
        return Marked.model_validate({"type": "BOOKMARK", "object": found})


def _tell(item: Any, error: ValidationError) -> None:
    _log.error("workflow_not_understood", run=item["metadata"]["name"], reason=str(error)[:_LONGEST_REASON])
