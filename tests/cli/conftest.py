"""A scripted HTTP server, and the program as a process."""

import os
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from idp.cli import client
from idp.cli.server import server
from tests.cli.program import Program
from tests.cli.scripted import Scripted
from tests.cli.served import Served


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    script = Scripted()

    class One(BaseHTTPRequestHandler):
        def _any(self) -> None:
            script.respond(self)

        do_GET = do_POST = do_PUT = do_DELETE = _any  # noqa: N815 - http.server's names

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), One)
    script.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield script
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def idp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Program:
    for name in [name for name in os.environ if name.startswith("IDP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(tmp_path)
    return Program(monkeypatch, capsys)


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls are repeated at once: the pause is for servers that need one."""
    monkeypatch.setattr(client, "_PAUSE_SECONDS", 0.01)


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A real server, one for all tests of a worker; each test uses names of its own."""
    folder = tmp_path_factory.mktemp("served")
    with server(folder) as url:
        yield Served(url, folder)


@pytest.fixture
def ada(idp: Program, served: Served, monkeypatch: pytest.MonkeyPatch) -> Program:
    """The program as ada of team payments uses it."""
    monkeypatch.setenv("IDP_URL", served.url)
    monkeypatch.setenv("IDP_TOKEN", served.token("ada"))
    return idp
