"""An application as the API shows it: what serves in each environment, and what was done last."""

from typing import Any

import httpx2
import pytest

from idp.api.probing import probe
from tests.api.platform import Platform, environment

pytestmark = pytest.mark.anyio

COMMIT = "0a" * 20
IMAGE = "sha256:" + "0b" * 32
SHOP = {
    "team": "payments",
    "name": "shop",
    "repository": "https://git.example.com/shop.git",
    "placements": [{"environment": "checkout"}],
}
SETTINGS = {"number": 2, "values": {"A": "1"}, "secrets": {}}
OUTPUTS: dict[str, Any] = {
    "url": "http://127.0.0.1:9",
    "commit": COMMIT,
    "digest": IMAGE,
    "revision": 3,
    "settings": SETTINGS,
}


async def _done(idp: Platform, ada: httpx2.AsyncClient, path: str, body: dict[str, Any], **outputs: Any) -> str:
    answer = await ada.post(path, json=body)
    assert answer.status_code == 202, answer.text
    id_: str = answer.json()["id"]
    await idp.finished(id_, **outputs)
    return id_


async def test_an_application_shows_its_placements(idp: Platform, ada: httpx2.AsyncClient) -> None:
    await _done(idp, ada, "/v1/environments", environment())
    await _done(idp, ada, "/v1/applications", SHOP)
    before = (await ada.get("/v1/applications/payments/shop")).json()
    assert before["placements"] == []
    deployment = {"team": "payments", "name": "shop", "environment": "checkout", "version": COMMIT}
    id_ = await _done(idp, ada, "/v1/deployments", deployment, **OUTPUTS)

    (shown,) = (await ada.get("/v1/applications/payments/shop")).json()["placements"]

    (last,) = shown.pop("last")
    assert shown == {
        "environment": "checkout",
        "stage": "dev",
        "status": "ready",
        "health": "unknown",
        "open_request": None,
        **OUTPUTS,
    }
    assert {
        name: last[name] for name in ("request", "capability", "phase", "version", "commit", "digest", "settings")
    } == {
        "request": id_,
        "capability": "deployments",
        "phase": "succeeded",
        "version": COMMIT,
        "commit": COMMIT,
        "digest": IMAGE,
        "settings": 2,
    }
    request = (await ada.get(f"/v1/requests/{id_}")).json()
    assert request["name"] == "shop"
    assert request["links"]["resource"] == "/v1/applications/payments/shop"
    assert (await ada.get("/v1/environments/payments/checkout")).json()["placements"] is None
    assert (await ada.get("/v1/applications")).json()["items"][0]["name"] == "shop", "placements are no applications"


async def test_a_branch_needs_who_reads_it(idp: Platform, ada: httpx2.AsyncClient) -> None:
    await _done(idp, ada, "/v1/environments", environment())
    await _done(idp, ada, "/v1/applications", SHOP)
    body = {"team": "payments", "name": "shop", "environment": "checkout", "version": "main"}

    answer = await ada.post("/v1/deployments", json=body)

    assert answer.status_code == 503
    assert "is not resolved; name a commit or a digest" in answer.json()["detail"]


async def test_health_is_what_is_seen(idp: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("idp.api.probing._SECONDS", 60.0)
    async with idp.listening() as url:
        assert await probe(f"{url}/livez") == "healthy"
        assert await probe(f"{url}/nowhere") == "answers 404"
    assert await probe("http://127.0.0.1:9/") == "gives no answer"
