"""Who is asking: a bearer token, verified with the issuer's keys."""

import time
from collections.abc import Callable
from typing import Annotated, Protocol

import structlog
from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from joserfc.jwk import KeySet

from idp.access.caller import Caller
from idp.access.tokens import Remembered, UnknownKeyError, Verified, verified
from idp.errors import UnauthenticatedError

bearer = HTTPBearer(
    auto_error=False,
    scheme_name="bearer",
    bearerFormat="JWT",
    description="The token alone, without the word Bearer. An embedded server's own: `idp token NAME --team TEAM`.",
)
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]


class Keys(Protocol):
    """Where the issuer's public keys come from."""

    issuer: str

    def current(self) -> KeySet:
        """Those known now. Raises UnavailableError while there are none."""

    async def refetched(self) -> bool:
        """Ask for newer ones, unless that was done a moment ago; whether it was done."""


class LocalKeys:
    """The local issuer's: read once, as they never change."""

    def __init__(self, issuer: str, keys: KeySet) -> None:
        self.issuer = issuer
        self._keys = keys

    def current(self) -> KeySet:
        """The one."""
        return self._keys

    async def refetched(self) -> bool:
        """There are no others."""
        return False


class Identity:
    """Verifies tokens, and remembers for a while which ones held."""

    def __init__(self, keys: Keys, *, audience: str, clock: Callable[[], float] = time.time) -> None:
        self.keys = keys
        self._audience = audience
        self._clock = clock
        self._remembered = Remembered()

    async def of(self, token: str) -> Verified:
        """Raises UnauthenticatedError, UnavailableError."""
        now = int(self._clock())
        if known := self._remembered.find(token, now):
            return known
        try:
            held = self._verified(token, now)
        except UnknownKeyError:
            if not await self.keys.refetched():
                raise
            held = self._verified(token, now)
        self._remembered.keep(token, held, now)
        return held

    def _verified(self, token: str, now: int) -> Verified:
        return verified(token, self.keys.current(), issuer=self.keys.issuer, audience=self._audience, now=now)


def bearer_token(credentials: HTTPAuthorizationCredentials | None) -> str:
    """Raises UnauthenticatedError."""
    if credentials is None or not credentials.credentials:
        message = "No bearer token came with this: send the header `Authorization: Bearer TOKEN`."
        raise UnauthenticatedError(message)
    return credentials.credentials


async def signed_in(request: Request, credentials: Credentials) -> Verified:
    """Whose token came with the request. Raises UnauthenticatedError."""
    identity: Identity = request.app.state.parts.identity
    held = await identity.of(bearer_token(credentials))
    structlog.contextvars.bind_contextvars(caller=held.caller.name)
    return held


def caller(held: Annotated[Verified, Depends(signed_in)]) -> Caller:
    """Who is asking."""
    return held.caller


SignedIn = Annotated[Caller, Depends(caller)]
Held = Annotated[Verified, Depends(signed_in)]
