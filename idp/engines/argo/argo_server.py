"""The Argo Server: resumes and stops Workflows, and shows those whose status is not in the object."""

from typing import Final

import orjson
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from idp import names
from idp.engines.argo import legible
from idp.engines.argo.objects import Json, Workflow
from idp.engines.argo.service import NoAnswerError, Service
from idp.errors import NotFoundError

SECONDS: Final = 10.0

_repeated = retry(
    retry=retry_if_exception_type(NoAnswerError),
    stop=stop_after_attempt(3),
    wait=wait_random_exponential(multiplier=0.2, max=2),
    reraise=True,
)
"""Safe: what is resumed or stopped stays so."""


class ArgoServer:
    """Acts with our rights: it hands our token on to the Kubernetes API.

    It answers 500 alike to what cannot be done (no gate waits, the run has ended) and to what went wrong.
    """

    def __init__(self, service: Service, namespace: str) -> None:
        self._service = service
        self._path = f"/api/v1/workflows/{namespace}"

    async def resume(self, run: str) -> None:
        """Let the gate pass that waits. Raises EngineUnavailableError, NotFoundError."""
        await self._put(run, "resume", {"nodeFieldSelector": f"displayName={names.TASK_GATE}"})

    async def stop(self, run: str) -> None:
        """Stop what has not ended. Raises EngineUnavailableError, NotFoundError."""
        await self._put(run, "stop", {})

    @_repeated
    async def workflow(self, run: str) -> Workflow | None:
        """With its nodes in the object, wherever the controller keeps them. Raises EngineUnavailableError."""
        found = await self._service.find(f"{self._path}/{run}", what=f"Workflow {run}", seconds=SECONDS)
        return legible.workflow(found) if found else None

    @_repeated
    async def _put(self, run: str, verb: str, body: Json) -> None:
        answer = await self._service.ask("PUT", f"{self._path}/{run}/{verb}", body=orjson.dumps(body), seconds=SECONDS)
        match answer.status:
            case 200:
                return
            case 404:
                message = f"There is no run {run!r}: it never was, or its time is over."
                raise NotFoundError(message)
            case _:
                self._service.refuse(f"{verb} {run}", answer)
