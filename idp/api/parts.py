"""What the routes work with, handed to each by FastAPI."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request

from idp.api.identity import Identity
from idp.api.measuring import Measures
from idp.api.ui import ArgoUI
from idp.capability import Catalog
from idp.delivery.counters import Counters
from idp.delivery.reporter import GitServer
from idp.engines.protocol import Engine, StepVerifier
from idp.ledger.protocol import Ledger
from idp.lifecycle.placing import Repositories, Unread
from idp.lifecycle.pushes import Heads


@dataclass(frozen=True, kw_only=True)
class Parts:
    """One server's."""

    catalog: Catalog
    ledger: Ledger
    engine: Engine
    verifier: StepVerifier
    identity: Identity
    hook_key: bytes | None = None
    """What the secrets of hooks are derived from; None where no hooks are taken."""
    heads: Heads | None = None
    """Git servers; None where they cannot be asked."""
    repositories: Repositories = field(default_factory=Unread)
    """Git servers, for what is deployed by a branch's name."""
    servers: Mapping[str, GitServer] = field(default_factory=dict)
    """Git servers that are told what became of commits, by host."""
    link: str | None = None
    """This API's address as people reach it, for what is told elsewhere."""
    probe: Callable[[str], Awaitable[str]] | None = None
    """Says how what answers at an address is; None where the API does not reach applications."""
    ui: ArgoUI | None = None
    """Where people see the runs; None where there is no such place."""
    counters: Counters = field(default_factory=Counters)
    """What the delivery loops count."""
    measures: Measures = field(default_factory=Measures)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the server is about to stop: streams end, and clients take them up again elsewhere."""
    ping_seconds: float = 15.0
    """An idle stream says so often that it lives; proxies and clients give up after a minute or so."""


def parts(request: Request) -> Parts:
    """Those of the server that answers."""
    found: Parts = request.app.state.parts
    return found


Served = Annotated[Parts, Depends(parts)]
