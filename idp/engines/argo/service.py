"""An HTTP service of the cluster, as this engine asks it. Whatever is no answer is EngineUnavailableError."""

import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from ssl import SSLContext
from typing import Any, Final, NoReturn

import aiohttp

from idp.engines.argo.tokens import Token
from idp.engines.protocol import EngineUnavailableError

CONNECT_SECONDS: Final = 5
_LONGEST_SAID: Final = 500
_KEEP_ALIVE: Final = ((socket.TCP_KEEPIDLE, 15), (socket.TCP_KEEPINTVL, 5), (socket.TCP_KEEPCNT, 3))
"""A peer that is gone without a word is noticed after 30 s, also by a watch on which nothing is said for minutes."""


class NoAnswerError(EngineUnavailableError):
    """Nothing came back: not connected, cut, or too late."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Address:
    """Where a service is, and who we are to it."""

    name: str
    """For messages: "The EventSource"."""
    url: str
    token: Token | None
    """None where the TLS context brings a certificate."""
    ssl: SSLContext | None = None
    """For https; None trusts the machine's authorities."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and body."""

    status: int
    body: bytes

    @property
    def said(self) -> str:
        """The body for a message, on one line."""
        return " ".join(self.body[:_LONGEST_SAID].decode(errors="replace").split())


def session() -> aiohttp.ClientSession:
    """Connections for all services: watches and followed logs keep theirs, so there is no limit."""
    connector = aiohttp.TCPConnector(limit=0, socket_factory=_socket)
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=True)


def _dropped(response: aiohttp.ClientResponse) -> None:
    """One that is left in the middle: the farewell of TLS would wait for a peer that still talks."""
    if response.connection and response.connection.transport:
        response.connection.transport.abort()


def _socket(found: tuple[Any, ...]) -> socket.socket:
    family, kind, protocol, _, _ = found
    made = socket.socket(family, kind, protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in _KEEP_ALIVE:
        made.setsockopt(socket.IPPROTO_TCP, option, value)
    return made


class Service:
    """One service."""

    def __init__(self, session: aiohttp.ClientSession, address: Address) -> None:
        self._session = session
        self._address = address

    async def ask(
        self,
        method: str,
        path: str,
        *,
        seconds: float,
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        """Any status is an answer. Raises EngineUnavailableError where none came within so many seconds."""
        limits = aiohttp.ClientTimeout(total=seconds, connect=CONNECT_SECONDS)
        async with self._asked(method, path, limits, params, body) as response:
            return Answer(response.status, await response.read())

    async def find(self, path: str, *, what: str, seconds: float) -> bytes | None:
        """GET; None where there is no such thing. Raises EngineUnavailableError."""
        answer = await self.ask("GET", path, seconds=seconds)
        if answer.status not in {HTTPStatus.OK, HTTPStatus.NOT_FOUND}:
            self.refuse(f"GET {what}", answer)
        return answer.body if answer.status == HTTPStatus.OK else None

    @asynccontextmanager
    async def stream(
        self, path: str, params: Mapping[str, str], *, silence: float | None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """GET; the body comes as it grows. Raises EngineUnavailableError, also where nothing comes for `silence` seconds."""
        limits = aiohttp.ClientTimeout(total=None, connect=CONNECT_SECONDS, sock_read=silence)
        async with self._asked("GET", path, limits, params, None) as response:
            try:
                yield response
            finally:
                _dropped(response)

    def refuse(self, asked: str, answer: Answer) -> NoReturn:
        """Raises EngineUnavailableError, which tells of an answer of no use."""
        message = f"{self._address.name} answered {answer.status} to {asked}: {answer.said}"
        raise EngineUnavailableError(message)

    @asynccontextmanager
    async def _asked(
        self,
        method: str,
        path: str,
        limits: aiohttp.ClientTimeout,
        params: Mapping[str, str] | None,
        body: bytes | None,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        address = self._address
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if address.token:
            headers["Authorization"] = f"Bearer {address.token()}"
        try:
            async with self._session.request(
                method,
                address.url.rstrip("/") + path,
                params=params,
                data=body,
                headers=headers,
                timeout=limits,
                ssl=address.ssl or True,
                allow_redirects=False,
            ) as response:
                yield response
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            message = f"{address.name} at {address.url} gave no answer: {str(error) or type(error).__name__}"
            raise NoAnswerError(message) from error
