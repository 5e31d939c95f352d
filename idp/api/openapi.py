"""The OpenAPI document, from the routes and the catalogue."""

import json
from collections.abc import Mapping
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from idp.api.approvals import DecisionBody
from idp.api.locks import LockBody
from idp.api.mending import Mending, adoption_body
from idp.api.permits import PermitBody
from idp.api.problems import Problem
from idp.api.resources import Extension
from idp.api.schemas import components
from idp.capability import ActionCapability, Capability, Catalog, ResourceCapability

_DESCRIPTION: Final = """\
Ask for what your team needs; watch it being made; nothing of cloud, network or security has to be known.

A call that files a request answers **202** with the request, once it is on the disk. `?explain=true` tells what would
happen and stores nothing. Send an `Idempotency-Key` to make repeating safe. Every error is a problem (RFC 9457) that
names the field.
"""


def document(app: FastAPI, catalog: Catalog) -> dict[str, Any]:
    """OpenAPI 3.1; `x-idp-capabilities` is all that a client needs to know of the catalogue."""
    found = get_openapi(
        title="idp", version="1", summary="An internal developer platform.", description=_DESCRIPTION, routes=app.routes
    )
    bodies = [capability.request for capability in catalog]
    adoptions = [adoption_body(each) for each in catalog if isinstance(each, ResourceCapability)]
    schemas = {
        **found["components"]["schemas"],
        **components([*bodies, *adoptions, Problem, Extension, Mending, DecisionBody, PermitBody, LockBody]),
    }
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)  # the framework's own; ours are problems
    found["components"]["schemas"] = dict(sorted(schemas.items()))
    found["x-idp-capabilities"] = [_entry(capability) for capability in catalog]
    return found


def text(found: Mapping[str, Any]) -> str:
    """As committed."""
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def _entry(capability: Capability) -> dict[str, Any]:
    return {
        "name": capability.name,
        "kind": capability.kind,
        "summary": capability.summary,
        "owner": capability.owner,
        "verbs": list(capability.verbs),
        "acts_on": capability.acts_on if isinstance(capability, ActionCapability) else None,
        "schema": f"#/components/schemas/{capability.request.__name__}",
    }
