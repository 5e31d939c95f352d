"""Where the parts of idp are, and how strict each place is."""

from typing import Any, Final

from idp import names

_LEVEL: Final = "restricted"
"""Of the Pod Security Standards."""


def namespaces() -> list[dict[str, Any]]:
    """One for the API, for events, for runs and for Terraform's state: what runs may do is never beside what decides about it."""
    wanted = (names.NAMESPACE_API, names.NAMESPACE_EVENTS, names.NAMESPACE_RUNS, names.NAMESPACE_STATE)
    return [_namespace(name) for name in wanted]


def _namespace(name: str) -> dict[str, Any]:
    """A pod below the level is refused, and said so to who applies what would make one."""
    labels = {f"pod-security.kubernetes.io/{mode}": _LEVEL for mode in ("enforce", "audit", "warn")}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
