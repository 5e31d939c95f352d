"""`idp serve` with IDP_ENGINE=argo: the API's own composition, from outside of the cluster with the API's account."""

import asyncio
import os
import secrets
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from idp import names
from idp.api.cluster import serve
from tests.api.issuing import Issuer
from tests.cluster.engine.place import RUNS, Place

pytestmark = pytest.mark.anyio
UI = "https://argo.example/base"
CATALOG = "tests.cluster.engine.catalog:CATALOG"

Json = dict[str, Any]


@asynccontextmanager
async def served(place: Place, data: Path, issuer: Issuer) -> AsyncIterator[str]:
    """Its address."""
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    settings = place.settings(
        issuer=issuer.url, argo_ui_url=UI, catalog=CATALOG, data=data, port=0, log_level="warning"
    )
    serving = asyncio.create_task(serve(settings, started=ready.set_result))
    try:
        yield await asyncio.wait_for(ready, 30)
    finally:
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(serving, 30)


async def until(look: Callable[[], Awaitable[Json]], phase: str) -> Json:
    async with asyncio.timeout(120):
        while (found := await look())["phase"] != phase:
            assert found["phase"] not in {"failed", "cancelled"}, found
            await asyncio.sleep(0.3)
    return found


async def test_a_request_is_carried_out_approved_watched_and_linked(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(place.kubeconfig))
    async with Issuer().listening() as issuer, served(place, tmp_path, issuer) as address:
        teams = ["payments"]
        ada = {"Authorization": f"Bearer {issuer.token(teams=teams)}"}
        grace = {"Authorization": f"Bearer {issuer.token(sub='grace', teams=teams, roles=['approver'])}"}
        async with httpx2.AsyncClient(base_url=address, headers=ada, timeout=30) as client:
            wish = {"team": "payments", "name": f"t{secrets.token_hex(4)}", "stage": "prod"}
            while (await client.get("/readyz")).status_code != 200:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.1)
            accepted = await client.post("/v1/things", json=wish)
            assert accepted.status_code == 202, accepted.text
            path = f"/v1/requests/{accepted.json()['id']}"

            async def look() -> Json:
                return dict((await client.get(path)).json())

            waiting = await until(look, "awaiting-approval")
            said = {"verdict": "approve", "digest": waiting["plan"]["digest"]}
            decided = await client.post(f"{path}/approval", json=said, headers=grace)
            assert decided.status_code == 200, decided.text
            ended = await until(look, "succeeded")
            history = (await client.get(f"{path}/history")).json()["items"]
            lines = (await client.get(f"{path}/logs")).text.splitlines()
            metrics = (await client.get("/metrics")).text.splitlines()

        run = ended["run"]
        assert ended["outputs"] == {"name": "x"}
        assert ended["links"]["ui"] == f"{UI}/workflows/{RUNS}/{run}"
        # The run may be seen before the EventSource's answer is: then it was never only handed over.
        told = [each["kind"] for each in history if each["kind"] not in {"step", "dispatched"}]
        assert told == ["accepted", "started", "planned", "awaiting-approval", "approved", "succeeded"]
        links = {each["data"]["step"]: each["links"]["ui"] for each in history if each["kind"] == "step"}
        nodes = place.kubectl.json("-n", RUNS, "get", "workflow", run)["status"]["nodes"].values()
        ids = {node["displayName"]: node["id"] for node in nodes}
        assert links == {step: f"{ended['links']['ui']}?nodeId={ids[step]}" for step in ("look", "change", "more")}
        assert lines == ["look | looking", "change | changing"]
        assert {'idp_delivery{what="lost"} 0.0', 'idp_delivery{what="duplicated"} 0.0'} <= set(metrics)
        assert names.node_id(run, f"{run}.look") == ids["look"]
