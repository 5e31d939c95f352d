"""The pods of a run's steps, and what their main containers write."""

from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Final, NoReturn

from idp.engines.argo.lines import lines
from idp.engines.argo.objects import Pod, PodList
from idp.engines.argo.service import Answer, Service
from idp.errors import NotFoundError

SECONDS: Final = 10.0
SILENCE_SECONDS: Final = 3600.0
"""A step may say nothing for long; a peer that is gone is noticed by the connection."""
LONGEST_LINE: Final = 16 * 1024
ANNOTATION_NODE: Final = "workflows.argoproj.io/node-id"
ANNOTATION_NODE_NAME: Final = "workflows.argoproj.io/node-name"
_LABEL_WORKFLOW: Final = "workflows.argoproj.io/workflow"
_CONTAINER: Final = "main"


class NotStartedError(Exception):
    """The container writes nothing yet."""


class Pods:
    """Of one namespace."""

    def __init__(self, kubernetes: Service, namespace: str) -> None:
        self._kubernetes = kubernetes
        self._path = f"/api/v1/namespaces/{namespace}/pods"

    async def pod(self, name: str) -> Pod | None:
        """By its name. Raises EngineUnavailableError."""
        found = await self._kubernetes.find(f"{self._path}/{name}", what=f"Pod {name}", seconds=SECONDS)
        return Pod.model_validate_json(found) if found else None

    async def of_node(self, run: str, node: str) -> Pod | None:
        """The pod of one node. Raises EngineUnavailableError."""
        params = {"labelSelector": f"{_LABEL_WORKFLOW}={run}"}
        answer = await self._kubernetes.ask("GET", self._path, params=params, seconds=SECONDS)
        if answer.status != HTTPStatus.OK:
            self._kubernetes.refuse(f"LIST Pods of {run}", answer)
        found = PodList.model_validate_json(answer.body).items
        return next((pod for pod in found if pod.metadata.annotations.get(ANNOTATION_NODE) == node), None)

    async def log(self, pod: str, *, follow: bool) -> AsyncIterator[str]:
        """Lines of the main container so far, or to its end. Raises EngineUnavailableError, NotFoundError, NotStartedError."""
        params = {"container": _CONTAINER} | ({"follow": "true"} if follow else {})
        async with self._kubernetes.stream(f"{self._path}/{pod}/log", params, silence=SILENCE_SECONDS) as response:
            if response.status != HTTPStatus.OK:
                self._refuse_log(pod, Answer(response.status, await response.read()))
            async for line in lines(response.content.iter_any(), longest=LONGEST_LINE):
                yield line.decode(errors="replace")

    def _refuse_log(self, pod: str, answer: Answer) -> NoReturn:
        match answer.status:
            case 400:
                raise NotStartedError(answer.said)
            case 404:
                message = f"Pod {pod} is gone, and its log with it."
                raise NotFoundError(message)
            case _:
                self._kubernetes.refuse(f"GET log of Pod {pod}", answer)
