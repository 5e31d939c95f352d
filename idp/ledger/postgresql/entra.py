"""Sign-in without a password: Entra's access tokens, by the pod's workload identity (idp.entra).

PostgreSQL takes one in a password's place, and asks for it when a connection is made and never again.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
import structlog
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from idp import entra
from idp.entra import Identity

log = structlog.get_logger(__name__)

SCOPE: Final = "https://ossrdbms-aad.database.windows.net/.default"
"""Azure's databases of PostgreSQL and MySQL."""
_TIMEOUT: Final = aiohttp.ClientTimeout(total=5)
_EARLY: Final = 300.0
"""Seconds before its end, or a tenth of its life, at which a token is renewed."""


class NoTokenError(ConnectionError):
    """No connection can be made, as there is no token to show. Among errors of a database that cannot be reached it is one more."""


def identity(around: Mapping[str, str]) -> Identity:
    """From the environment as the workload identity webhook leaves it. Raises DefinitionError."""
    return entra.identity(around, "IDP_LEDGER_SIGN_IN=azure")


@dataclass(frozen=True)
class _Token:
    """`renew_at` and `ends_at` are the clock's seconds."""

    text: str
    renew_at: float
    ends_at: float


class AccessTokens:
    """Called for each new connection: gives a token that holds. One is asked for at a time, and kept until shortly before its end."""

    def __init__(self, identity: Identity, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._identity = identity
        self._clock = clock
        self._token: _Token | None = None
        self._asking = asyncio.Lock()

    async def __call__(self) -> str:
        """Raises NoTokenError, without what only the log may tell. While Entra is away, the last token is used as long as it holds."""
        async with self._asking:
            if self._token is None or self._clock() >= self._token.renew_at:
                try:
                    self._token = await self._fetched()
                except NoTokenError as error:
                    log.warning("ledger_token_not_given", reason=str(error))
                    if self._token is None or self._clock() >= self._token.ends_at:
                        message = "no token to sign in with; the server's log says why"
                        raise NoTokenError(message) from error
            return self._token.text

    async def _fetched(self) -> _Token:
        """Asking again is safe: each answer is a token of its own, and none ends another."""
        asked_at = self._clock()
        patiently = AsyncRetrying(
            retry=retry_if_exception_type(_AwayError),
            stop=stop_after_attempt(3),
            wait=wait_random_exponential(multiplier=0.1, max=2),
            reraise=True,
        )
        said: Any = await patiently(_asked, self._identity)
        try:
            text, seconds = entra.given(self._identity, said)
        except entra.NoAnswerError as error:
            raise NoTokenError(str(error)) from error
        log.info("ledger_token", client=self._identity.client, seconds=seconds)
        return _Token(text, asked_at + seconds - min(_EARLY, seconds / 10), asked_at + seconds)


class _AwayError(NoTokenError):
    """Nobody there, or not now."""


async def _asked(identity: Identity) -> Any:
    """Once."""
    try:
        form = identity.form(SCOPE)
    except entra.NoAssertionError as error:
        raise NoTokenError(str(error)) from error
    try:
        async with (
            aiohttp.ClientSession(timeout=_TIMEOUT) as session,
            session.post(identity.url, data=form) as answer,
        ):
            if entra.is_away(answer.status):
                message = f"{identity.place} answered {answer.status}."
                raise _AwayError(message)
            said = await answer.json(content_type=None)
    except (aiohttp.ClientError, TimeoutError) as error:
        message = f"{identity.place} gives no answer ({type(error).__name__})."
        raise _AwayError(message) from error
    except ValueError as error:
        message = f"{identity.place} gave no token but something that is no JSON."
        raise NoTokenError(message) from error
    if answer.status != 200:  # noqa: PLR2004 - HTTP's: refused
        raise NoTokenError(entra.refusal(identity, said))
    return said
