"""Sign-in without a password: Entra's access tokens, by the identity that Kubernetes vouches for (workload identity).

The pod's projected token is shown to Entra, which gives an access token for it; PostgreSQL takes that in a password's place, and asks
for it when a connection is made and never again.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp
import structlog
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from idp.errors import DefinitionError

log = structlog.get_logger(__name__)

SCOPE: Final = "https://ossrdbms-aad.database.windows.net/.default"
"""Azure's databases of PostgreSQL and MySQL."""
_ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_AUTHORITY: Final = "https://login.microsoftonline.com/"
_VARIABLES: Final = ("AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_FEDERATED_TOKEN_FILE")
_TIMEOUT: Final = aiohttp.ClientTimeout(total=5)
_EARLY: Final = 300.0
"""Seconds before its end, or a tenth of its life, at which a token is renewed."""


class NoTokenError(ConnectionError):
    """No connection can be made, as there is no token to show. Among errors of a database that cannot be reached it is one more."""


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Who signs in: an application or managed identity of a tenant, and the file with what Kubernetes says of this pod."""

    authority: str
    tenant: str
    client: str
    assertion_file: Path


def identity(around: Mapping[str, str]) -> Identity:
    """From the environment as the workload identity webhook leaves it. Raises DefinitionError."""
    missing = [name for name in _VARIABLES if not around.get(name)]
    if missing:
        message = (
            f"IDP_LEDGER_SIGN_IN=azure needs {', '.join(missing)}, which workload identity puts into a pod: give it the label"
            ' azure.workload.identity/use: "true", and its ServiceAccount the annotation azure.workload.identity/client-id.'
        )
        raise DefinitionError(message)
    return Identity(
        authority=around.get("AZURE_AUTHORITY_HOST") or _AUTHORITY,
        tenant=around["AZURE_TENANT_ID"],
        client=around["AZURE_CLIENT_ID"],
        assertion_file=Path(around["AZURE_FEDERATED_TOKEN_FILE"]),
    )


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
            text, seconds = str(said["access_token"]), float(said["expires_in"])
        except (KeyError, TypeError, ValueError) as error:
            message = f"{_place(self._identity)} gave no token but something else ({type(error).__name__}: {error})."
            raise NoTokenError(message) from error
        log.info("ledger_token", client=self._identity.client, seconds=seconds)
        return _Token(text, asked_at + seconds - min(_EARLY, seconds / 10), asked_at + seconds)


class _AwayError(NoTokenError):
    """Nobody there, or not now."""


async def _asked(identity: Identity) -> Any:
    """Once. The pod's token is read each time, as the kubelet renews it."""
    url = f"{_place(identity)}/oauth2/v2.0/token"
    try:
        async with (
            aiohttp.ClientSession(timeout=_TIMEOUT) as session,
            session.post(url, data=_form(identity)) as answer,
        ):
            if answer.status >= 500 or answer.status in {408, 429}:  # noqa: PLR2004 - HTTP's: not now
                message = f"{_place(identity)} answered {answer.status}."
                raise _AwayError(message)
            said = await answer.json(content_type=None)
    except (aiohttp.ClientError, TimeoutError) as error:
        message = f"{_place(identity)} gives no answer ({type(error).__name__})."
        raise _AwayError(message) from error
    except ValueError as error:
        message = f"{_place(identity)} gave no token but something that is no JSON."
        raise NoTokenError(message) from error
    if answer.status != 200:  # noqa: PLR2004 - HTTP's: refused
        message = f"{_place(identity)} refuses a token to {identity.client}: {_why(said)}"
        raise NoTokenError(message)
    return said


def _form(identity: Identity) -> dict[str, str]:
    return {
        "grant_type": "client_credentials",
        "client_id": identity.client,
        "scope": SCOPE,
        "client_assertion_type": _ASSERTION,
        "client_assertion": _assertion(identity.assertion_file),
    }


def _assertion(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii").strip()
    except (OSError, ValueError) as error:
        message = f"AZURE_FEDERATED_TOKEN_FILE {file} cannot be read ({error}); workload identity mounts it."
        raise NoTokenError(message) from error


def _place(identity: Identity) -> str:
    return f"{identity.authority.rstrip('/')}/{identity.tenant}"


def _why(said: Any) -> str:
    """Entra's own words: their first line has the number that its documentation explains."""
    described = said.get("error_description") or said.get("error") if isinstance(said, dict) else None
    return str(described or "it does not say why").splitlines()[0]
