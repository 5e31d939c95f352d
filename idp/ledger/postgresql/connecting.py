"""Connections, what each is set to, and which errors are the database's."""

import os
import ssl
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import asyncpg

from idp.ledger.protocol import LedgerUnavailableError

Connections = asyncpg.Pool
Connection = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy

AWAY: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError)
"""The database cannot be reached, or does not do what it is asked."""
NOT_YET: Final = (OSError, TimeoutError, asyncpg.CannotConnectNowError)
"""Nobody answers there, or one that is starting."""

_SECONDS: Final = 10.0
"""Longest wait for a connection."""
_SETTINGS: Final = {
    "application_name": "idp",
    # What was acknowledged is on the disk, whatever the database's default.
    "synchronous_commit": "on",
    # What decides is locked before it is read; a stricter level would only find conflicts that are none.
    "default_transaction_isolation": "read committed",
    # A server that hangs in the middle of its transaction holds up the others no longer than this.
    "idle_in_transaction_session_timeout": "10s",
    "lock_timeout": "15s",
    "statement_timeout": "30s",
    "tcp_keepalives_idle": "30",
    "jit": "off",
}


@dataclass(frozen=True)
class Database:
    """`url` is postgresql://user:password@host:port/database, with libpq's parameters (`?sslmode=verify-full`).

    `password`, where there is one, is asked for each new connection, in place of the URL's; and then only over TLS to the host
    that its certificate names.
    """

    url: str
    password: Callable[[], Awaitable[str]] | None = None

    @property
    def where(self) -> str:
        """Host and database, without the password that may stand beside them."""
        parts = urlsplit(self.url)
        return f"{parts.netloc.rpartition('@')[2]}{parts.path}"

    @property
    def signing_in(self) -> dict[str, Any]:
        """What asyncpg is told beside the URL."""
        if self.password is None:
            return {}
        authority = dict(parse_qsl(urlsplit(self.url).query)).get("sslrootcert")
        return {"password": self.password, "ssl": ssl.create_default_context(cafile=authority)}


async def connections(database: Database, *, most: int) -> Connections:
    """A pool; it connects when something is asked, and so again where connections were lost."""
    return await asyncpg.create_pool(
        database.url,
        **database.signing_in,
        min_size=0,
        max_size=most,
        timeout=_SECONDS,
        command_timeout=2 * _SECONDS,
        server_settings=_SETTINGS,
        reset=_as_it_is,
    )


async def connection(database: Database) -> asyncpg.Connection:
    """One beside the pools."""
    return await asyncpg.connect(
        database.url,
        **database.signing_in,
        timeout=_SECONDS,
        command_timeout=_SECONDS,
        server_settings=_SETTINGS,
    )


@contextmanager
def unavailable(what: str) -> Iterator[None]:
    """Raises LedgerUnavailableError, which starts with `what` could not be done, for errors of the database."""
    try:
        yield
    except AWAY as error:
        message = f"{what} ({reason(error)}). Try again; if it stays so, look after the database."
        raise LedgerUnavailableError(message) from error


def reason(error: BaseException) -> str:
    """In a few words, and without the address that a system's error may tell: callers read it."""
    if isinstance(error, ssl.SSLError):  # whose number is not the system's
        return f"TLS: {error.reason}"
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno)
    return str(error).partition("\n")[0] or type(error).__name__


async def _as_it_is(_: Connection) -> None:
    """Nothing that is asked here leaves anything in its session, and cleaning it would cost a second question for each."""
