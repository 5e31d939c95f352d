"""Uvicorn in a process that has more to do than serve."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from typing import Final

import uvicorn
from starlette.types import ASGIApp
from typing_extensions import override

from idp.errors import DefinitionError

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
_KEEP_ALIVE_SECONDS: Final = 65
"""Longer than a proxy's usual 60, so that it is the proxy that closes an idle connection."""
_GRACE_SECONDS: Final = 5


class Server(uvicorn.Server):
    """Stops on SIGINT and SIGTERM without ending the process, which then closes ledger and engine in order."""

    def __init__(self, app: ASGIApp, *, stopping: asyncio.Event, started: Callable[[], None]) -> None:
        config = uvicorn.Config(
            app,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
        super().__init__(config)
        self._stopping = stopping
        self._when_started = started

    def stop(self) -> None:
        """Answer what is being answered, end streams, and return from `serve`; the second time at once."""
        self.force_exit = self.should_exit
        self.should_exit = True
        self._stopping.set()

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._when_started()

    @override
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Uvicorn's own sends the signal again when it is done, which would end the process before the rest is closed."""
        loop = asyncio.get_running_loop()
        for each in _SIGNALS:
            loop.add_signal_handler(each, self.stop)
        try:
            yield
        finally:
            for each in _SIGNALS:
                loop.remove_signal_handler(each)


def bound(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises DefinitionError with the next move."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        message = (
            f"Cannot listen on {host} port {port}: {error.strerror}. Name another with --port (0 takes a free one)."
        )
        raise DefinitionError(message) from error
    # Connections inherit it. asyncio sets it for sockets made with IPPROTO_TCP only, which this is not; without it an
    # answer's second segment waits 40 ms for the client's delayed acknowledgement of the first.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def url(host: str, listening: socket.socket) -> str:
    """Where programs on this machine reach it."""
    port = listening.getsockname()[1]
    if host in {"", "0.0.0.0", "::"}:  # noqa: S104 - compared, not listened on
        host = "::1" if ":" in host else "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def loopback(host: str) -> bool:
    """Whether only this machine reaches it."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
