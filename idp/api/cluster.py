"""The platform in a cluster: PostgreSQL ledger, Argo Events and Argo Workflows, delivery loops and API. Any number of such servers."""

import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import structlog

from idp.access import hooks
from idp.api import logs
from idp.api.gitservers import git_servers, link, paced
from idp.api.identity import Identity
from idp.api.keeper import JwksKeeper
from idp.api.listening import bound, url
from idp.api.parts import Parts
from idp.api.serving import serve_parts
from idp.api.ui import ArgoUI
from idp.delivery.pace import Pace
from idp.engines.argo import ArgoEngine, Places
from idp.engines.argo.access import kubernetes
from idp.engines.argo.service import Address
from idp.engines.argo.tokens import token_in
from idp.errors import DefinitionError
from idp.ledger.opening import opened
from idp.loading import loaded
from idp.repositories import GitServers
from idp.settings import ServerSettings

log = structlog.get_logger(__name__)

PACE: Final = Pace(answer=45.0, unseen=90.0)
"""An EventSource whose bus is down takes up to 30 s to say so, and a Sensor that is started again a minute until it creates what
waits. Who gives up before hands the event over twice, and the second one holds up its capability for ten seconds."""


async def serve(settings: ServerSettings, *, started: Callable[[str], None] | None = None) -> None:
    """Serve until SIGINT or SIGTERM. `started` is told the address once it answers.

    Raises DefinitionError for what cannot be served, LedgerUnavailableError, LoopEndedError.
    """
    logs.configure(settings.log_level)
    catalog = loaded(settings.catalog)
    where = places(settings, os.environ)
    ledger_url = settings.ledger_url.get_secret_value() if settings.ledger_url else None
    with bound(settings.host, settings.port) as listening:
        opening = opened(settings.data, ledger_url, sign_in=settings.ledger_sign_in, around=os.environ)
        async with opening as ledger, _engine(where) as engine:
            servers = GitServers(settings.git_hosts)
            parts = Parts(
                catalog=catalog,
                ledger=ledger,
                engine=engine,
                verifier=engine.verifier,
                identity=Identity(JwksKeeper(str(settings.issuer)), audience=settings.audience),
                hook_key=_hook_key(settings.hook_key_file),
                repositories=servers,
                heads=servers,
                servers=git_servers(settings),
                link=link(settings),
                ui=ArgoUI(str(settings.argo_ui_url), settings.runs_namespace) if settings.argo_ui_url else None,
            )
            await serve_parts(
                parts, listening, url(settings.host, listening), pace=paced(PACE, settings), started=started
            )


def _hook_key(file: Path | None) -> bytes | None:
    """None where there is none: the Secret that it comes from need not be. Raises DefinitionError for one that is no key."""
    if file is None or not file.exists():
        log.warning(
            "hooks-not-taken", file=str(file), message="Git servers get 503 until there is a key; start again then."
        )
        return None
    return hooks.key_in(file)


def places(settings: ServerSettings, around: Mapping[str, str]) -> Places:
    """Where the engine's parts are. Raises DefinitionError."""
    api = kubernetes(around)
    if api.token is None:
        message = (
            "The Argo Server knows us by a bearer token, and this kubeconfig signs in with a certificate. Use one whose"
            " user has a `token` or `tokenFile`: that of the ServiceAccount that the API has in the cluster, best."
        )
        raise DefinitionError(message)
    return Places(
        event_source=Address(
            name="The EventSource",
            url=str(settings.event_source_url),
            token=token_in(settings.event_source_token_file),
        ),
        kubernetes=api,
        argo_server=Address(name="The Argo Server", url=str(settings.argo_server_url), token=api.token),
        namespace=settings.runs_namespace,
    )


@asynccontextmanager
async def _engine(where: Places) -> AsyncIterator[ArgoEngine]:
    engine = ArgoEngine(where)
    try:
        yield engine
    finally:
        await engine.close()
