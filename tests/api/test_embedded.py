"""The whole platform in one process: real manifests, real steps, real sockets."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from pydantic import SecretStr

from idp.access import issuer
from idp.api.embedded import image_environment, serve
from idp.api.listening import Server, bound
from idp.api.serving import LoopEndedError, run
from idp.errors import DefinitionError
from idp.ledger.protocol import LedgerUnavailableError
from idp.settings import ServerSettings
from tests.api.platform import Platform
from tests.ledger.postgresql import server as postgresql

PROGRAM = """
import asyncio, sys
from pathlib import Path
from idp.api.embedded import serve
from idp.settings import ServerSettings
asyncio.run(serve(ServerSettings(port=0, data=Path(sys.argv[1])), started=lambda url: print(url, flush=True)))
print("ended", flush=True)
"""


@contextmanager
def server(data: Path) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """Its address and its process."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(data)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout
    try:
        yield process.stdout.readline().strip(), process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def signed_in(address: str, data: Path) -> httpx2.Client:
    token = issuer.token(data, "ada", teams=["payments"])
    return httpx2.Client(base_url=address, headers={"Authorization": f"Bearer {token}"}, timeout=60)


def test_a_request_is_carried_out_watched_and_told(tmp_path: Path) -> None:
    with server(tmp_path) as (address, process), signed_in(address, tmp_path) as client:
        body = {"team": "payments", "name": "receipts", "containers": ["invoices"]}
        id_ = client.post("/v1/storage", json=body).json()["id"]
        history = client.get(f"/v1/requests/{id_}/history", headers={"Accept": "text/event-stream"}).text
        request = client.get(f"/v1/requests/{id_}").json()
        logs = client.get(f"/v1/requests/{id_}/logs").text
        open_stream = client.post("/v1/storage", json=body | {"name": "other"}).json()["id"]
        with client.stream("GET", f"/v1/requests/{open_stream}/logs?follow=true") as _:
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0

    assert request["phase"] == "succeeded", request
    assert request["outputs"]
    assert "event: permitted" in history
    assert [line for line in logs.splitlines() if line.startswith("look | ")]
    assert [line for line in logs.splitlines() if line.startswith("terraform | ")]


@pytest.mark.anyio
@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "example.org"])  # noqa: S104 - refused
async def test_the_local_issuer_is_refused_beyond_loopback(tmp_path: Path, host: str) -> None:
    with pytest.raises(DefinitionError, match="listens on loopback only"):
        await serve(ServerSettings(host=host, port=0, data=tmp_path))

    assert os.listdir(tmp_path) == []  # noqa: PTH208 - ruff minds pathlib in asynchronous functions


@pytest.mark.anyio
async def test_a_folder_serves_one_process(idp: Platform, tmp_path: Path) -> None:
    assert (tmp_path / "ledger.db").exists()
    del idp
    with pytest.raises(LedgerUnavailableError, match="in use by process"):
        await serve(ServerSettings(port=0, data=tmp_path))


@pytest.mark.anyio
async def test_with_a_real_issuer_it_serves_and_waits_for_its_keys(tmp_path: Path) -> None:
    found: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    settings = ServerSettings(port=0, data=tmp_path, issuer="http://127.0.0.1:9/realm")
    serving = asyncio.create_task(serve(settings, started=found.set_result))
    async with httpx2.AsyncClient(base_url=await asyncio.wait_for(found, 20), timeout=60) as client:
        ready = await client.get("/readyz")
        answer = await client.get("/v1/me", headers={"Authorization": "Bearer x"})
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(serving, 20)

    assert (ready.status_code, ready.json()["type"]) == (503, "urn:idp:problem:issuer-unavailable")
    assert answer.status_code == 503
    assert not (tmp_path / "issuer.json").exists()


@pytest.mark.anyio
async def test_its_ledger_is_where_the_settings_say(tmp_path: Path) -> None:
    await postgresql.made(tmp_path)
    found: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    settings = ServerSettings(port=0, data=tmp_path, ledger_url=SecretStr(postgresql.url(tmp_path)))
    serving = asyncio.create_task(serve(settings, started=found.set_result))
    async with httpx2.AsyncClient(base_url=await asyncio.wait_for(found, 20), timeout=60) as client:
        ready = await client.get("/readyz")
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(serving, 20)

    assert ready.status_code == 200
    assert not (tmp_path / "ledger.db").exists()


async def _ends() -> None:
    await asyncio.sleep(0.01)


async def _breaks() -> None:
    await asyncio.sleep(0.01)
    message = "disk full"
    raise OSError(message)


@pytest.mark.anyio
@pytest.mark.parametrize(("loop", "says"), [(_ends, "without an error"), (_breaks, "disk full")])
async def test_a_loop_that_ends_ends_the_server(idp: Platform, loop: object, says: str) -> None:
    assert callable(loop)
    with bound("127.0.0.1", 0) as listening:
        uvicorn = Server(idp.app, stopping=idp.parts.stopping, started=lambda: None)
        running = {"relay": loop(), "observer": asyncio.sleep(3600)}
        with pytest.raises(LoopEndedError, match=rf"The loop relay has ended \(.*{says}"):
            await asyncio.wait_for(run(running, uvicorn, lambda: uvicorn.serve(sockets=[listening])), 20)

    assert idp.parts.stopping.is_set()


def test_nothing_of_the_servers_environment_reaches_a_step_but_where_programs_are(tmp_path: Path) -> None:
    settings = ServerSettings(infra=tmp_path)
    around = {"PATH": "/usr/bin", "SECRET": "x", "TF_CLI_CONFIG_FILE": "y", "HOME": "/root"}

    found = image_environment(settings, around)

    programs = f"{Path(sys.executable).parent}{os.pathsep}/usr/bin"
    assert found == {"PATH": programs, "LANG": "C.UTF-8", "IDP_INFRA": str(tmp_path)}
    assert image_environment(settings, {"PYTHONPATH": "/x"})["PYTHONPATH"] == "/x"


@pytest.mark.anyio
async def test_a_second_signal_ends_at_once(idp: Platform) -> None:
    server_ = Server(idp.app, stopping=idp.parts.stopping, started=lambda: None)

    server_.stop()
    assert (server_.should_exit, server_.force_exit) == (True, False)
    server_.stop()

    assert server_.force_exit


@pytest.mark.parametrize(
    ("module", "others"),
    [
        ("idp.api.embedded", ["asyncpg", "hera", "idp.engines.argo", "idp.workflows"]),
        ("idp.api.cluster", ["asyncpg", "hera", "idp.engines.local", "idp.workflows"]),
    ],
)
def test_a_server_loads_nothing_of_the_other_kind(module: str, others: list[str]) -> None:
    program = f"import sys, {module}; print([each for each in {others} if each in sys.modules])"

    assert subprocess.check_output([sys.executable, "-c", program], text=True) == "[]\n"
