"""Keeps the public keys of an OpenID issuer: found by discovery, refreshed in the background."""

import asyncio
import time
from collections.abc import Callable
from typing import Any, Final

import aiohttp
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from idp.errors import UnavailableError

_log = structlog.get_logger(__name__)

REFRESH_SECONDS: Final = 600
REFETCH_SECONDS: Final = 60
"""Tokens with made-up key ids must not turn into a flood at the issuer."""
_TIMEOUT: Final = aiohttp.ClientTimeout(total=5)


class IssuerError(UnavailableError):
    """The issuer gave no keys; those we have, if any, stay in use."""

    slug = "issuer-unavailable"
    title = "Issuer unavailable"


class JwksKeeper:
    """The keys of one issuer. The last good ones stay while the issuer is away."""

    def __init__(self, issuer: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.issuer = issuer
        self._clock = clock
        self._keys: KeySet | None = None
        self._asked = -float("inf")
        self._asking = asyncio.Lock()

    def current(self) -> KeySet:
        """Raises IssuerError while none was ever fetched."""
        if self._keys is None:
            message = f"The keys of {self.issuer} are not known yet, so no token can be checked. Try again in a moment."
            raise IssuerError(message)
        return self._keys

    async def refetched(self) -> bool:
        """Ask for newer keys, at most once a minute; whether new ones came. Those who ask meanwhile wait for the answer."""
        before = self._keys
        async with self._asking:
            if self._keys is not before:
                return True
            if self._clock() - self._asked < REFETCH_SECONDS:
                return False
            try:
                await self._fetch()
            except IssuerError as error:
                _log.warning("issuer_unavailable", issuer=self.issuer, reason=str(error))
                return False
            return True

    async def run(self) -> None:
        """Fetch, and refresh for ever; sooner while there are none."""
        while True:
            async with self._asking:
                try:
                    await self._fetch()
                except IssuerError as error:
                    _log.warning("issuer_unavailable", issuer=self.issuer, reason=str(error))
            await asyncio.sleep(REFRESH_SECONDS if self._keys else 1)

    async def _fetch(self) -> None:
        """Raises IssuerError. Both calls only read, so repeating them is safe."""
        self._asked = self._clock()
        try:
            async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:
                found = await _read(session, f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
                self._refuse_another(found["issuer"])
                keys = KeySet.import_key_set(await _read(session, found["jwks_uri"]))
        except (aiohttp.ClientError, TimeoutError, ValueError, KeyError, TypeError, AttributeError, JoseError) as error:
            message = f"{self.issuer} gave no keys ({type(error).__name__}: {error})."
            raise IssuerError(message) from error
        # `iss` is compared exactly, and only the issuer knows whether its name ends with a slash.
        self.issuer, self._keys = found["issuer"], keys
        _log.info("issuer_keys", issuer=self.issuer, keys=[key.kid for key in keys])

    def _refuse_another(self, named: str) -> None:
        if named.rstrip("/") != self.issuer.rstrip("/"):
            message = f"{self.issuer} calls itself {named!r}; set IDP_ISSUER to that."
            raise IssuerError(message)


@retry(
    retry=retry_if_exception_type((aiohttp.ClientError, TimeoutError)),
    stop=stop_after_attempt(3),
    wait=wait_random_exponential(multiplier=0.1, max=2),
    reraise=True,
)
async def _read(session: aiohttp.ClientSession, url: str) -> Any:
    async with session.get(url) as answer:
        answer.raise_for_status()
        return await answer.json(content_type=None)
