"""What a revision of a placement is: an image, how it is served, and its settings. Pure."""

import difflib
import json
from collections.abc import Mapping
from typing import Any, Final

from idp.applications import ApplicationRequest

_SERVED: Final = ("port", "host", "replicas", "health_path", "ready_seconds", "strategy", "size")
"""Fields of an application that its revisions have."""
_SHOWN: Final = ("commit", "digest", "application", "settings")
"""What a difference is made of; the rest is who asked and when."""


def revision(
    image: Mapping[str, Any], application: ApplicationRequest, settings: Mapping[str, Any], request: str
) -> dict[str, Any]:
    """Without its number, which it gets when it is written."""
    served = application.model_dump(mode="json")
    return {
        "digest": image["digest"],
        "commit": image["commit"],
        "application": {name: served[name] for name in _SERVED},
        "settings": {name: settings[name] for name in ("number", "values", "secrets")},
        "request": request,
    }


def resettled(before: Mapping[str, Any], settings: Mapping[str, Any], request: str) -> dict[str, Any]:
    """The same with other settings."""
    kept = {name: settings[name] for name in ("number", "values", "secrets")}
    return {**before, "settings": kept, "request": request}


def difference(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, name: str) -> str:
    """As a diff of what is served; empty where nothing differs."""
    lines = difflib.unified_diff(
        _lines(before), _lines(after), f"{name} as it serves", f"{name} as planned", lineterm=""
    )
    return "\n".join(lines)


def _lines(revision: Mapping[str, Any] | None) -> list[str]:
    if revision is None:
        return []
    shown = {name: revision[name] for name in _SHOWN if name in revision}
    return json.dumps(shown, indent=2, sort_keys=True).splitlines()
