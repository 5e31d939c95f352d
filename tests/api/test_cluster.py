"""The composition of a cluster's server, on stand-ins for the cluster's services. On a real cluster: tests/cluster/engine."""

import asyncio
import json
import os
import signal
from pathlib import Path
from typing import Any

import httpx2
import pytest

from idp import names
from idp.api.cluster import places, serve
from idp.errors import DefinitionError
from idp.settings import ServerSettings
from tests.api.issuing import Issuer
from tests.api.platform import environment
from tests.engines.argo.certificates import certificate
from tests.engines.argo.standin import Said, StandIn, standing_in

pytestmark = pytest.mark.anyio
WORKFLOWS = f"/apis/argoproj.io/v1alpha1/namespaces/{names.NAMESPACE_RUNS}/workflows"


def kubeconfig(folder: Path, url: str, **user: str) -> dict[str, str]:
    whole = {
        "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "c"}}],
        "clusters": [{"name": "c", "cluster": {"server": url}}],
        "users": [{"name": "c", "user": user}],
    }
    (folder / "kubeconfig").write_text(json.dumps(whole))
    return {"KUBECONFIG": str(folder / "kubeconfig")}


def settings(folder: Path, **more: Any) -> ServerSettings:
    (folder / "event-source").write_text("shown to the EventSource\n")
    given: dict[str, Any] = {
        "engine": "argo",
        "issuer": "https://login.example.org",
        "event_source_token_file": folder / "event-source",
        "data": folder,
        "port": 0,
        **more,
    }
    return ServerSettings(**given)


def test_each_service_is_where_the_settings_say_and_knows_us_by_its_own_token(tmp_path: Path) -> None:
    around = kubeconfig(tmp_path, "https://10.0.0.1:6443", token="the cluster's")  # noqa: S106 - not a secret
    found = places(settings(tmp_path, argo_server_url="https://argo.example/base", runs_namespace="elsewhere"), around)

    assert found.namespace == "elsewhere"
    told = {
        each.name: (each.url, each.token and each.token())
        for each in (found.event_source, found.kubernetes, found.argo_server)
    }
    assert told == {
        "The EventSource": (f"{names.EVENT_SOURCE_URL}/", "shown to the EventSource"),
        "The Kubernetes API": ("https://10.0.0.1:6443", "the cluster's"),
        "The Argo Server": ("https://argo.example/base", "the cluster's"),
    }


def test_a_kubeconfig_without_a_token_is_refused(tmp_path: Path) -> None:
    made = certificate()
    for name, pem in (("me.crt", made.certificate), ("me.key", made.key)):
        (tmp_path / name).write_text(pem)
    user = {"client-certificate": "me.crt", "client-key": "me.key"}

    with pytest.raises(DefinitionError, match=r"Use one whose user has a `token` or `tokenFile`"):
        places(settings(tmp_path), kubeconfig(tmp_path, "https://10.0.0.1:6443", **user))


async def published(cluster: StandIn) -> Any:
    while not (calls := cluster.asked("POST", "/environments")):  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(0.01)
    return calls[0]


async def test_what_is_accepted_goes_to_the_event_source_and_runs_are_watched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    async with standing_in() as (cluster, _), Issuer().listening() as issuer, asyncio.timeout(60):
        around = kubeconfig(tmp_path, cluster.url, token="the cluster's")  # noqa: S106 - not a secret
        monkeypatch.setenv("KUBECONFIG", around["KUBECONFIG"])
        cluster.on("POST", "/environments", Said(body=b"success"))
        cluster.on("GET", WORKFLOWS, Said(body={"metadata": {"resourceVersion": "1"}, "items": []}), Said(stays=True))
        more = {"event_source_url": cluster.url, "argo_server_url": cluster.url, "argo_ui_url": "https://argo.example"}
        more |= {"hook_key_file": str(tmp_path / "no-secret/key")}
        serving = asyncio.create_task(serve(settings(tmp_path, issuer=issuer.url, **more), started=ready.set_result))
        async with httpx2.AsyncClient(base_url=await ready, timeout=60) as client:
            while (await client.get("/readyz")).status_code != httpx2.codes.OK:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.01)
            signed_in = {"Authorization": f"Bearer {issuer.token(teams=['payments'])}"}
            accepted = (await client.post("/v1/environments", json=environment(), headers=signed_in)).json()
            event = await published(cluster)
            hook = await client.post("/v1/hooks/gitea", json={})
        os.kill(os.getpid(), signal.SIGTERM)
        await serving

    assert event.token == "shown to the EventSource"  # noqa: S105 - not a secret
    assert json.loads(event.body)["id"] == accepted["id"]
    assert hook.status_code == httpx2.codes.SERVICE_UNAVAILABLE, "there is no key, and all else is served"
    assert accepted["links"]["ui"] == f"https://argo.example/workflows/{names.NAMESPACE_RUNS}/{accepted['run']}"
    first = cluster.asked("GET", WORKFLOWS)[0]
    assert (first.token, first.query["labelSelector"]) == ("the cluster's", names.LABEL_REQUEST)
