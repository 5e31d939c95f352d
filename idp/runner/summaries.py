"""What look tells the approver and the history: one JSON object in wire encoding.

{"changes": 2,
"resources": [{"address": "module.x.y", "actions": ["create"], "attributes": ["name"]}],
"outputs": ["host"],                       names of outputs that would change
"findings": [{"kind": "check", "address": "module.x.check.y", "detail": "..."}],
"text": "...",                             the log of the playbooks' preview, if there was one
"truncated": true}                         only where something was left out to fit
"""

from dataclasses import asdict
from typing import Any, Final

from idp.events.wire import wire
from idp.runner.plans import Plan

LIMIT: Final = 64 * 1024
"""Bytes. Argo keeps a node's outputs in the Workflow's status, of which etcd takes 1.5 MB."""

_TEXT_LIMIT: Final = 16 * 1024
_UNLIMITED: Final = 1 << 30


def summary(changes: int, plan: Plan, text: str = "") -> str:
    """At most LIMIT bytes: the preview is cut first, then attributes go, then the second half of all, until it fits."""
    said: dict[str, Any] = {
        "changes": changes,
        "resources": [asdict(resource) for resource in plan.resources],
        "outputs": list(plan.outputs),
        "findings": [asdict(finding) for finding in plan.findings],
        "text": text,
    }
    if len(text) > _TEXT_LIMIT:
        said |= {"text": text[:_TEXT_LIMIT], "truncated": True}
    if _is_too_long(said):
        said |= {"resources": [resource | {"attributes": []} for resource in said["resources"]], "truncated": True}
    while _is_too_long(said):
        said |= {name: said[name][: len(said[name]) // 2] for name in ("resources", "outputs", "findings", "text")}
    return wire(said, limit=_UNLIMITED)


def _is_too_long(said: dict[str, Any]) -> bool:
    return len(wire(said, limit=_UNLIMITED)) > LIMIT
