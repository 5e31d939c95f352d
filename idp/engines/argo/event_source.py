"""The EventSource: a webhook that answers 200 once the bus holds the event."""

from http import HTTPStatus
from typing import Final

from idp.engines.argo.service import Service

SECONDS: Final = 40.0
"""It tries the bus five times before it answers 500, which takes up to 30 s."""


class EventSource:
    """Takes events. It is asked once: the outbox is what repeats."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def publish(self, path: str, body: bytes) -> None:
        """Returns when the bus holds it.

        Raises EngineUnavailableError for every other answer. 400 too may pass, as an EventSource gives it while it starts;
        one that lasts is an event that it will never take.
        """
        answer = await self._service.ask("POST", path, body=body, seconds=SECONDS)
        if answer.status != HTTPStatus.OK:
            self._service.refuse(f"POST {path}", answer)
