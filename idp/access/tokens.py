"""Verify a bearer token (JWT), and remember for a while which ones held."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import ExpiredTokenError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from idp.access.caller import Caller, signable
from idp.errors import UnauthenticatedError

ALGORITHMS: Final = ("RS256", "ES256")
"""Asymmetric ones only: with HS256 the public key would sign."""
LEEWAY_SECONDS: Final = 60
LONGEST: Final = 8192
"""Characters of a token; more is refused unread. Real ones have up to 2,500."""
REMEMBERED_SECONDS: Final = 300


class UnknownKeyError(UnauthenticatedError):
    """Signed with a key that is not in the issuer's set: it may be newer than our copy."""


@dataclass(frozen=True, slots=True)
class Verified:
    """A token that holds, until `expires_at` (seconds since 1970)."""

    caller: Caller
    expires_at: int


def verified(token: str, keys: KeySet, *, issuer: str, audience: str, now: int) -> Verified:
    """Check signature, algorithm, issuer, audience and times. Raises UnauthenticatedError, UnknownKeyError."""
    if len(token) > LONGEST:
        message = f"The token is longer than {LONGEST} characters."
        raise UnauthenticatedError(message)
    claims = _signed_claims(token, keys)
    rules = jwt.JWTClaimsRegistry(
        now=now,
        leeway=LEEWAY_SECONDS,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": audience},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )
    try:
        rules.validate(claims)
    except ExpiredTokenError as error:
        message = "The token has expired; sign in again for a new one."
        raise UnauthenticatedError(message) from error
    except JoseError as error:
        message = f"The token does not hold here: {error}. It must be from {issuer} for the audience {audience}."
        raise UnauthenticatedError(message) from error
    return Verified(_caller(claims), int(claims["exp"]))


class Remembered:
    """Tokens that held, by their hash, each for at most five minutes and never beyond its expiry; the oldest go first."""

    def __init__(self, most: int = 10_000) -> None:
        self._most = most
        self._held: dict[bytes, tuple[Verified, int]] = {}

    def find(self, token: str, now: int) -> Verified | None:
        """What was verified before, None where that is unknown or too long ago."""
        found, until = self._held.get(_key(token), (None, 0))
        return found if now < until else None

    def keep(self, token: str, held: Verified, now: int) -> None:
        """Remember it, and forget the oldest where there are too many."""
        self._held[_key(token)] = (held, min(held.expires_at, now + REMEMBERED_SECONDS))
        while len(self._held) > self._most:
            del self._held[next(iter(self._held))]


def _signed_claims(token: str, keys: KeySet) -> dict[str, Any]:
    try:
        decoded = jwt.decode(token, _Named(keys.keys), algorithms=ALGORITHMS)
    except InvalidKeyIdError as error:
        message = "The token is signed with a key that its issuer does not publish."
        raise UnknownKeyError(message) from error
    # joserfc lets through what the parts of a broken token raise: wrong base64, a key of another type.
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        message = f"The token does not hold: {str(error) or type(error).__name__}."
        raise UnauthenticatedError(message) from error
    return decoded.claims


class _Named(KeySet):
    """Keys found by name only: joserfc would take any key for a token that names none."""

    def get_by_kid(self, kid: str | None = None, parameters: Any = None) -> Any:
        if not isinstance(kid, str):
            message = "it names no key (`kid`)"
            raise InvalidKeyIdError(message)
        return super().get_by_kid(kid, parameters)


def _caller(claims: Mapping[str, Any]) -> Caller:
    name = claims["sub"]
    if not signable(name):
        message = (
            f"The token's sub {name[:80]!r} is no name we can carry: letters, digits and . _ @ | : + / = ~ - only."
        )
        raise UnauthenticatedError(message)
    return Caller(name, teams=_words(claims, "teams"), roles=_words(claims, "roles"), also=_also(claims))


def _also(claims: Mapping[str, Any]) -> frozenset[str]:
    """They only ever keep somebody from deciding, so a claim of another kind is no reason to refuse the token."""
    named = (claims.get(claim) for claim in ("email", "preferred_username"))
    return frozenset(each for each in named if isinstance(each, str) and each)


def _words(claims: Mapping[str, Any], claim: str) -> frozenset[str]:
    words = claims.get(claim, [])
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        message = f"The token's {claim!r} must be a list of strings."
        raise UnauthenticatedError(message)
    return frozenset(words)


def _key(token: str) -> bytes:
    return sha256(token.encode(errors="surrogatepass")).digest()
