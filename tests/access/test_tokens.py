import base64
import hmac
import json
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from idp.access.caller import Caller
from idp.access.tokens import Remembered, UnknownKeyError, Verified, verified
from idp.errors import UnauthenticatedError

NOW = 1_800_000_000
EC = ECKey.generate_key("P-256", {"kid": "ec"}, auto_kid=False)
RSA = RSAKey.generate_key(2048, {"kid": "rsa"}, auto_kid=False)
STRANGER = ECKey.generate_key("P-256", {"kid": "stranger"}, auto_kid=False)
KEYS = KeySet([ECKey.import_key(EC.as_dict(private=False)), RSAKey.import_key(RSA.as_dict(private=False))])
CLAIMS = {
    "iss": "https://issuer.example",
    "aud": "idp",
    "sub": "ada@example.org",
    "iat": NOW - 10,
    "exp": NOW + 3600,
    "teams": ["payments"],
    "roles": ["approver"],
}


def signed(claims: dict[str, Any] | None = None, *, key: Any = EC, alg: str = "ES256", **header: Any) -> str:
    header = {"alg": alg, "kid": key.kid, **header}
    header = {name: value for name, value in header.items() if value is not None}
    return jwt.encode(header, CLAIMS | (claims or {}), key, algorithms=[alg])


def held(token: str) -> Verified:
    return verified(token, KEYS, issuer="https://issuer.example", audience="idp", now=NOW)


def without(claim: str) -> str:
    claims = {name: value for name, value in CLAIMS.items() if name != claim}
    return jwt.encode({"alg": "ES256", "kid": "ec"}, claims, EC, algorithms=["ES256"])


def assembled(header: dict[str, str], secret: bytes | None) -> str:
    """By hand: a library would refuse to make such a token."""
    signing = ".".join(_base64(json.dumps(part).encode()) for part in (header, CLAIMS))
    signature = hmac.digest(secret, signing.encode(), "sha256") if secret else b""
    return f"{signing}.{_base64(signature)}"


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def altered() -> str:
    header, _, signature = signed().split(".")
    claims = base64.urlsafe_b64encode(json.dumps(CLAIMS | {"sub": "eve"}).encode()).decode().rstrip("=")
    return f"{header}.{claims}.{signature}"


REFUSED = {
    "expired": (signed({"exp": NOW - 61}), "expired"),
    "not yet": (signed({"nbf": NOW + 61}), "not yet valid"),
    "issued in the future": (signed({"iat": NOW + 3600}), "in the future"),
    "another audience": (signed({"aud": "other"}), "aud"),
    "several audiences, not ours": (signed({"aud": ["a", "b"]}), "aud"),
    "another issuer": (signed({"iss": "https://issuer.example/"}), "iss"),
    "an issuer that is no text": (signed({"iss": ["https://issuer.example"]}), "iss"),
    "an expiry that is no number": (signed({"exp": "never"}), "exp"),
    "an empty name": (signed({"sub": ""}), "sub"),
    "a name that is no text": (signed({"sub": 7}), "sub"),
    "a name with a brace": (signed({"sub": "{{workflow.name}}"}), "sub"),
    "a name with a line break": (signed({"sub": "ada\n"}), "sub"),
    "the sweeper's name": (signed({"sub": "(sweeper)"}), "sub"),
    "teams that are a text": (signed({"teams": "payments"}), "teams"),
    "roles that are no texts": (signed({"roles": [1]}), "roles"),
    "no signature": (assembled({"alg": "none", "kid": "ec"}, None), "does not hold"),
    "HS256 with the public key": (
        assembled({"alg": "HS256", "kid": "rsa"}, RSA.as_pem(private=False)),
        "does not hold",
    ),
    "another algorithm": (signed(key=RSA, alg="PS256"), "does not hold"),
    "an algorithm of another key": (signed(key=EC, kid="rsa"), "does not hold"),
    "altered": (altered(), "does not hold"),
    "no key named": (signed(kid=None), "does not publish|names no key"),
    "a key's name that is no text": (jwt.encode({"alg": "ES256"}, CLAIMS, EC, algorithms=["ES256"]), "key"),
    "no token": ("nonsense", "does not hold"),
    "two parts": ("a.b", "does not hold"),
    "no base64": ("!.!.!", "does not hold"),
    "no ASCII": ("é.é.é", "does not hold"),
    "too long": ("a" * 8193, "longer than 8192"),
    **{f"without {claim}": (without(claim), claim) for claim in ("iss", "aud", "sub", "exp", "iat")},
}


@pytest.mark.parametrize(("key", "alg"), [(EC, "ES256"), (RSA, "RS256")])
def test_a_token_that_holds_names_the_caller(key: Any, alg: str) -> None:
    found = held(signed(key=key, alg=alg))

    assert found.caller == Caller("ada@example.org", frozenset({"payments"}), frozenset({"approver"}))
    assert found.expires_at == NOW + 3600


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    token, says = REFUSED[case]

    with pytest.raises(UnauthenticatedError, match=says):
        held(token)


def test_an_unknown_key_may_be_a_new_one() -> None:
    with pytest.raises(UnknownKeyError):
        held(signed(key=STRANGER))


def test_clocks_may_differ_by_a_minute() -> None:
    held(signed({"exp": NOW - 59}))
    held(signed({"nbf": NOW + 59}))


def test_a_token_for_several_audiences_holds_where_ours_is_one() -> None:
    held(signed({"aud": ["other", "idp"]}))


def test_without_teams_and_roles_somebody_is_just_somebody() -> None:
    claims = {name: value for name, value in CLAIMS.items() if name not in {"teams", "roles"}}
    token = jwt.encode({"alg": "ES256", "kid": "ec"}, claims, EC, algorithms=["ES256"])

    assert held(token).caller == Caller("ada@example.org")


def test_what_held_is_remembered_for_five_minutes_and_not_beyond_its_end() -> None:
    remembered = Remembered()
    long, short = (Verified(Caller("ada"), NOW + seconds) for seconds in (3600, 100))
    remembered.keep("long", long, NOW)
    remembered.keep("short", short, NOW)

    assert remembered.find("long", NOW + 299) is long
    assert remembered.find("long", NOW + 300) is None
    assert remembered.find("short", NOW + 99) is short
    assert remembered.find("short", NOW + 100) is None
    assert remembered.find("other", NOW) is None


def test_no_more_is_remembered_than_there_is_room_for() -> None:
    remembered = Remembered(most=2)
    for token in ("first", "second", "third"):
        remembered.keep(token, Verified(Caller(token), NOW + 100), NOW)

    assert [bool(remembered.find(token, NOW)) for token in ("first", "second", "third")] == [False, True, True]
