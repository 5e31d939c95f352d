"""Every route that needs a caller, with every token that must not open it."""

import base64
import hmac
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from idp.access import issuer
from idp.api.app import application
from idp.api.identity import Identity, LocalKeys
from idp.api.measuring import Measures
from idp.catalog import CATALOG
from idp.errors import UnauthenticatedError
from idp.ledger.records import Page
from tests.api.platform import Platform, now, problem

pytestmark = pytest.mark.anyio

OPEN = {"/livez", "/readyz", "/metrics", "/v1/hooks/{forge}"}
"""Hooks are signed: tests/api/test_hooks.py."""
PLACES = {"team": "payments", "name": "checkout", "id": "01jd0000000000000000000000"}
EXAMPLES: dict[str, Any] = {f"/v1/{each.name}": next(iter(each.examples.values())) for each in CATALOG}


def routes() -> Iterator[tuple[str, str]]:
    """Method and path of every operation of the document that needs a caller."""
    for path, operations in application(CATALOG, Measures()).openapi()["paths"].items():
        if path not in OPEN:
            yield from ((method.upper(), path.format(**PLACES)) for method in operations)


def tokens(folder: Path) -> dict[str, str | None]:
    """None is no header at all."""
    key = issuer.signing_key(folder)
    claims = {"iss": issuer.LOCAL_ISSUER, "aud": "idp", "sub": "ada", "iat": now(), "exp": now() + 600}
    claims |= {"teams": ["payments"], "roles": []}

    def signed(by: ECKey = key, **more: Any) -> str:
        return jwt.encode({"alg": "ES256", "kid": by.kid}, claims | more, by, algorithms=["ES256"])

    def assembled(alg: str, secret: bytes | None) -> str:
        parts = [_base64(json.dumps(part).encode()) for part in ({"alg": alg, "kid": key.kid}, claims)]
        signature = hmac.digest(secret, ".".join(parts).encode(), "sha256") if secret else b""
        return ".".join([*parts, _base64(signature)])

    return {
        "no token": None,
        "an empty token": "",
        "nonsense": "nonsense",
        "expired": signed(exp=now() - 61),
        "another audience": signed(aud="other"),
        "another issuer": signed(iss="https://elsewhere.example"),
        "alg none": assembled("none", None),
        "HS256 with the public key": assembled("HS256", key.as_pem(private=False)),
        "an unknown key": signed(ECKey.generate_key("P-256", auto_kid=True)),
    }


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


ROUTES = list(routes())


def test_the_routes_are_all_there() -> None:
    # Eight resource capabilities of 10 routes each, three actions of 2, requests 7 (list, show, cancel, approval twice,
    # history, logs), capabilities, me, permits, locks; of hooks 3.
    assert len(ROUTES) == 10 * 8 + 2 * 3 + 7 + 4 + 3


async def test_no_route_opens_to_a_token_that_does_not_hold(idp: Platform) -> None:
    async with idp.client(None) as client:
        for case, token in tokens(idp.folder).items():
            headers = {} if token is None else {"Authorization": f"Bearer {token}"}
            for method, path in ROUTES:
                answer = await client.request(method, path, headers=headers, json=EXAMPLES.get(path))
                assert answer.status_code == 401, (case, method, path)
                assert answer.headers["www-authenticate"] == "Bearer"
                assert problem(answer)["type"] == "urn:idp:problem:unauthenticated"
    assert await idp.ledger.requests(Page()) == []


async def test_another_teams_member_changes_and_sees_nothing(
    idp: Platform, ada: httpx2.AsyncClient, eve: httpx2.AsyncClient
) -> None:
    filed = (await ada.post("/v1/environments", json={"team": "payments", "name": "checkout"})).json()
    before = await idp.ledger.requests(Page())
    seen = {}
    for method, path in ROUTES:
        at = path.replace(PLACES["id"], filed["id"])
        body: Any = EXAMPLES.get(path) if method == "POST" else None
        body = {"lifetime_days": 30} if at.endswith("extend") else body
        body = {"reason": "mine"} if at.endswith(("unlock", "forget")) else body
        body = {"reason": "mine", "spec": EXAMPLES[path.rpartition("/payments/")[0]]} if at.endswith("adopt") else body
        body = {"verdict": "approve", "digest": "d" * 64} if at.endswith("approval") and method == "POST" else body
        body = {**EXAMPLES[path.rpartition("/payments/")[0]], "name": "checkout"} if method == "PUT" else body
        answer = await eve.request(method, at, json=body)
        seen[f"{method} {path}"] = answer.status_code
        assert "checkout-payments" not in answer.text

    assert await idp.ledger.requests(Page()) == before
    expected = {
        "GET /v1/capabilities": 200,
        "GET /v1/me": 200,
        "GET /v1/requests": 200,
        "GET /v1/environments": 200,
        "GET /v1/storage": 200,
        "GET /v1/vaults": 200,
        "GET /v1/machines": 200,
        "GET /v1/postgresql": 200,
        "GET /v1/mssql": 200,
        "GET /v1/redis": 200,
        "GET /v1/applications": 200,
        "GET /v1/deployments": 200,
        "GET /v1/settings": 200,
        "GET /v1/configurations": 200,
        "POST /v1/permits": 401,
        "POST /v1/locks": 401,
    }
    for capability in ("environments", "storage", "vaults", "machines", "postgresql", "mssql", "redis", "applications"):
        place = f"/v1/{capability}/payments/checkout"
        expected |= {f"GET {place}": 404, f"PUT {place}": 403, f"DELETE {place}": 403}
        expected |= {f"POST {place}/unlock": 403, f"POST {place}/forget": 403, f"POST {place}/adopt": 403}
        expected |= {f"POST {place}/inspect": 403, f"POST {place}/extend": 403, f"POST /v1/{capability}": 403}
    expected |= {f"POST /v1/{action}": 403 for action in ("configurations", "deployments", "settings")}
    hook = "/v1/hooks/applications/payments/checkout"
    expected |= {f"GET {hook}": 404, f"POST {hook}/secret": 404, f"POST {hook}/rotate": 404}
    request = f"/v1/requests/{PLACES['id']}"
    for path in ("", "/history", "/logs", "/approval"):
        expected[f"GET {request}{path}"] = 404
    expected |= {f"POST {request}/cancel": 404, f"POST {request}/approval": 404}
    assert seen == expected
    assert (await eve.get("/v1/requests")).json() == {"items": []}


async def test_me_is_what_the_token_says(idp: Platform) -> None:
    async with idp.client("bob", teams=("shop", "payments"), roles=("operator",)) as client:
        assert (await client.get("/v1/me")).json() == {
            "name": "bob",
            "teams": ["payments", "shop"],
            "roles": ["operator"],
        }


async def test_a_token_that_held_is_not_checked_again_until_it_ends(tmp_path: Path) -> None:
    times = [float(now())]
    keys = LocalKeys(issuer.LOCAL_ISSUER, issuer.public_keys(tmp_path))
    identity = Identity(keys, audience="idp", clock=lambda: times[-1])
    token = issuer.token(tmp_path, "ada")

    first = await identity.of(token)
    second = await identity.of(token)
    times.append(now() + 13 * 3600)

    assert second is first
    with pytest.raises(UnauthenticatedError, match="expired"):
        await identity.of(token)
