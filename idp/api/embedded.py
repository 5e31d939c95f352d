"""The whole platform in one process: ledger, embedded engine, delivery loops and API. No cluster, no cloud."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import structlog

from idp import names
from idp.access import issuer
from idp.api import logs
from idp.api.app import create_app
from idp.api.identity import Identity, Keys, LocalKeys
from idp.api.keeper import JwksKeeper
from idp.api.listening import Server, bound, loopback, url
from idp.api.parts import Parts
from idp.delivery.counters import Counters
from idp.delivery.loops import loops
from idp.engines.local.engine import LocalEngine
from idp.errors import DefinitionError, IdpError
from idp.ledger.opening import opened
from idp.lifecycle.expire import expire
from idp.loading import loaded
from idp.settings import ServerSettings

_log = structlog.get_logger(__name__)

_TARGET: Final = "sandbox"


class LoopEndedError(IdpError):
    """A loop that must run for ever has ended, so the process must: a server that only looks alive loses requests."""


async def serve(settings: ServerSettings, *, started: Callable[[str], None] | None = None) -> None:
    """Serve until SIGINT or SIGTERM. Steps that run go on running, and the next server on the same folder takes them up.

    `started` is told the address once it answers. Raises DefinitionError for what cannot be served,
    LedgerUnavailableError where another process has the folder, LoopEndedError.
    """
    logs.configure(settings.log_level)
    keys = _keys(settings)
    catalog = loaded(settings.catalog)
    with bound(settings.host, settings.port) as listening:
        address = url(settings.host, listening)
        async with opened(settings.data, _ledger_url(settings)) as ledger, _engine(settings, address) as engine:
            counters = Counters()
            parts = Parts(
                catalog=catalog,
                ledger=ledger,
                engine=engine,
                verifier=engine.verifier,
                identity=Identity(keys, audience=settings.audience),
                counters=counters,
            )
            server = Server(create_app(parts), stopping=parts.stopping, started=partial(_started, started, address))
            running: Mapping[str, Coroutine[Any, Any, None]] = loops(
                ledger, engine, expire=partial(expire, ledger, catalog), counters=counters
            )
            if isinstance(keys, JwksKeeper):
                running = {**running, "keys": keys.run()}
            await _run(running, server, partial(server.serve, sockets=[listening]))


def _keys(settings: ServerSettings) -> Keys:
    """The local issuer's key lies in the data folder, so nobody but this machine may talk to its server."""
    if settings.issuer:
        return JwksKeeper(str(settings.issuer))
    if not loopback(settings.host):
        message = (
            f"The local issuer signs for whoever can read {settings.data}, so its server listens on loopback only, and"
            f" {settings.host} is not. Set IDP_ISSUER to a real issuer, or IDP_HOST to 127.0.0.1."
        )
        raise DefinitionError(message)
    return LocalKeys(issuer.LOCAL_ISSUER, issuer.public_keys(settings.data))


def _ledger_url(settings: ServerSettings) -> str | None:
    return settings.ledger_url.get_secret_value() if settings.ledger_url else None


@asynccontextmanager
async def _engine(settings: ServerSettings, address: str) -> AsyncIterator[LocalEngine]:
    data = settings.data.resolve()
    engine = LocalEngine(
        settings.manifests,
        data / "engine",
        config_maps={names.RUNNER_CONFIG: _runner_config(address, data)},
        image_environment=image_environment(settings, os.environ),
        parallelism=settings.parallelism,
    )
    await engine.start()
    try:
        yield engine
    finally:
        await engine.close()


def _runner_config(address: str, data: Path) -> dict[str, str]:
    """Keys: names.RUNNER_CONFIG_KEYS."""
    backend = json.dumps({"folder": str(data / "cloud")})
    return {"IDP_API_URL": address, "IDP_TARGET": _TARGET, "IDP_STATE_BACKEND": backend}


def image_environment(settings: ServerSettings, around: Mapping[str, str]) -> dict[str, str]:
    """What the runner's image would bring. Of the server's own environment only where programs and modules are found."""
    programs = os.pathsep.join([str(Path(sys.executable).parent), around.get("PATH", os.defpath)])
    modules = {"PYTHONPATH": around["PYTHONPATH"]} if "PYTHONPATH" in around else {}
    return {"PATH": programs, "LANG": "C.UTF-8", "IDP_INFRA": str(settings.infra.resolve()), **modules}


def _started(tell: Callable[[str], None] | None, address: str) -> None:
    _log.info("serving", url=address)
    if tell:
        tell(address)


async def _run(
    running: Mapping[str, Coroutine[Any, Any, None]], server: Server, serving: Callable[[], Coroutine[Any, Any, None]]
) -> None:
    """Serve beside the loops until told to stop, or a loop ends. Raises LoopEndedError."""
    ended: list[LoopEndedError] = []
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_for_ever(name, loop, server, ended), name=name) for name, loop in running.items()]
        try:
            await serving()
        finally:
            for task in tasks:
                task.cancel()
    if ended:
        raise ended[0]


async def _for_ever(name: str, loop: Coroutine[Any, Any, None], server: Server, ended: list[LoopEndedError]) -> None:
    """Run the loop; should it end, however it does, stop the server and leave the reason."""
    try:
        await loop
        reason: BaseException | None = None
    except Exception as error:  # noqa: BLE001 - told below, and raised by _run
        reason = error
    message = f"The loop {name} has ended ({reason or 'without an error'}), so the server ends too. Start it again."
    _log.critical("loop_ended", loop=name, exc_info=reason)
    end = LoopEndedError(message)
    end.__cause__ = reason
    ended.append(end)
    server.stop()
