"""The whole platform in one process: ledger, embedded engine, delivery loops and API. No cluster, no cloud."""

import json
import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from idp import names
from idp.access import hooks, issuer
from idp.api import logs
from idp.api.gitservers import git_servers, link, paced
from idp.api.identity import Identity, Keys, LocalKeys
from idp.api.keeper import JwksKeeper
from idp.api.listening import bound, loopback, url
from idp.api.parts import Parts
from idp.api.probing import probe
from idp.api.serving import serve_parts
from idp.api.tending import tended
from idp.delivery.pace import Pace
from idp.engines.local.engine import LocalEngine
from idp.errors import DefinitionError
from idp.ledger.opening import opened
from idp.loading import loaded
from idp.repositories import GitServers
from idp.settings import ServerSettings

_TARGET: Final = "sandbox"
_FOLDER: Final = "cloud"
"""Of the target's state and world, in the data folder."""


async def serve(settings: ServerSettings, *, started: Callable[[str], None] | None = None) -> None:
    """Serve until SIGINT or SIGTERM. Steps that run go on running, and the next server on the same folder takes them up.

    `started` is told the address once it answers. Raises DefinitionError for what cannot be served,
    LedgerUnavailableError where another process has the folder, LoopEndedError.
    """
    logs.configure(settings.log_level)
    keys = _keys(settings)
    catalog = loaded(settings.catalog)
    ledger_url = settings.ledger_url.get_secret_value() if settings.ledger_url else None
    with bound(settings.host, settings.port) as listening:
        address = url(settings.host, listening)
        opening = opened(settings.data, ledger_url, sign_in=settings.ledger_sign_in, around=os.environ)
        async with opening as ledger, _engine(settings, address) as engine:
            servers = GitServers(settings.git_hosts)
            parts = Parts(
                catalog=catalog,
                ledger=ledger,
                engine=engine,
                verifier=engine.verifier,
                identity=Identity(keys, audience=settings.audience),
                hook_key=hooks.key_in(settings.hook_key_file or settings.data / "hooks.key", make=True),
                repositories=servers,
                heads=servers,
                servers=git_servers(settings),
                link=link(settings),
                probe=probe,
            )
            async with tended(_world(settings), image_environment(settings, os.environ)):
                await serve_parts(parts, listening, address, pace=paced(Pace(), settings), started=started)


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


def _world(settings: ServerSettings) -> Path:
    """Of the target sandbox, as `idp.runner.targets` has it."""
    return settings.data.resolve() / _FOLDER / "world"


def _runner_config(address: str, data: Path) -> dict[str, str]:
    """Keys: names.RUNNER_CONFIG_KEYS."""
    backend = json.dumps({"folder": str(data / _FOLDER)})
    return {
        "IDP_API_URL": address,
        "IDP_TARGET": _TARGET,
        "IDP_STATE_BACKEND": backend,
        "IDP_TARGET_SETTINGS": "{}",
        "IDP_GUARDRAIL_SETTINGS": "{}",
    }


def image_environment(settings: ServerSettings, around: Mapping[str, str]) -> dict[str, str]:
    """What the runner's image would bring. Of the server's own environment only where programs and modules are found."""
    programs = os.pathsep.join([str(Path(sys.executable).parent), around.get("PATH", os.defpath)])
    modules = {"PYTHONPATH": around["PYTHONPATH"]} if "PYTHONPATH" in around else {}
    return {"PATH": programs, "LANG": "C.UTF-8", "IDP_INFRA": str(settings.infra.resolve()), **modules}
