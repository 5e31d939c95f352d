"""Wires the API."""

from functools import cache
from typing import Any

from fastapi import APIRouter, FastAPI

from idp.api import (
    actions,
    approvals,
    capabilities,
    docs,
    health,
    history,
    hooks,
    locks,
    me,
    permits,
    problems,
    requests,
    resources,
    runlogs,
)
from idp.api.around import BodyLimitMiddleware, CallMiddleware
from idp.api.measuring import Measures
from idp.api.openapi import document
from idp.api.parts import Parts
from idp.capability import Capability, Catalog, ResourceCapability
from idp.errors import DefinitionError

_NOUNS = (requests, approvals, history, runlogs, capabilities, me, permits, locks, hooks, health, docs)
_TAKEN = frozenset({"requests", "capabilities", "permits", "locks", "me", "events", "hooks"})
"""First parts of paths below /v1 that a capability would hide."""


def create_app(parts: Parts) -> FastAPI:
    """The API of one server. Ledger and engine are opened and closed by who made them."""
    app = application(parts.catalog, parts.measures)
    app.state.parts = parts
    return app


def application(catalog: Catalog, measures: Measures) -> FastAPI:
    """Routes and what is around them, for a catalogue. Raises DefinitionError."""
    app = FastAPI(
        docs_url=None,
        redoc_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False},
        redirect_slashes=False,
    )
    # The last one added is the outermost.
    app.add_middleware(BodyLimitMiddleware)
    app.add_middleware(CallMiddleware, measures=measures)
    problems.install(app)
    for noun in _NOUNS:
        app.include_router(noun.router)
    for capability in catalog:
        _refuse_a_nouns_name(capability)
        app.include_router(_router(capability))
    app.openapi = _cached_document(app, catalog)  # type: ignore[method-assign]  # FastAPI's documented way
    return app


def _refuse_a_nouns_name(capability: Capability) -> None:
    if capability.name in _TAKEN:
        message = f"Capability {capability.name}: /v1/{capability.name} is the API's own; choose another name."
        raise DefinitionError(message)


def _router(capability: Capability) -> APIRouter:
    if isinstance(capability, ResourceCapability):
        return resources.router(capability)
    return actions.router(capability)


def _cached_document(app: FastAPI, catalog: Catalog) -> Any:
    return cache(lambda: document(app, catalog))
