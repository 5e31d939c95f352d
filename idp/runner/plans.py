"""What a Terraform plan would do, from `show -json`: addresses, actions and attribute names, never a value.

The format: https://developer.hashicorp.com/terraform/internals/json-format
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

_NOTHING: Final = (["no-op"], ["read"])


@dataclass(frozen=True)
class ResourceChange:
    """`attributes` are the top-level ones that are set, changed or removed."""

    address: str
    actions: tuple[str, ...]
    attributes: tuple[str, ...]


@dataclass(frozen=True)
class Finding:
    """Something that is not as it was applied. `kind` is check (an assertion failed) or drift (a refresh found it)."""

    kind: str
    address: str
    detail: str


@dataclass(frozen=True)
class Plan:
    """A plan's changes and findings. `outputs` are the names of outputs that would change."""

    resources: tuple[ResourceChange, ...] = ()
    outputs: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def changes(self) -> int:
        """Resources that would change; outputs count only where nothing else does, as they too need an apply."""
        return len(self.resources) or len(self.outputs)


def plan(shown: Mapping[str, Any]) -> Plan:
    """From the object that `terraform show -json <plan>` prints."""
    outputs = shown.get("output_changes", {})
    return Plan(
        resources=tuple(_changes(shown.get("resource_changes", ()))),
        outputs=tuple(sorted(name for name, change in outputs.items() if change["actions"] not in _NOTHING)),
        findings=(*_drift(shown.get("resource_drift", ())), *_failed(shown.get("checks", ()))),
    )


def _changes(changes: Iterable[Mapping[str, Any]]) -> Iterable[ResourceChange]:
    for resource in changes:
        change = resource["change"]
        if change["actions"] not in _NOTHING:
            yield ResourceChange(resource["address"], tuple(change["actions"]), _attributes(change))


def _attributes(change: Mapping[str, Any]) -> tuple[str, ...]:
    before, after = change.get("before") or {}, change.get("after") or {}
    unknown = change.get("after_unknown") or {}
    differing = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    return tuple(sorted(differing | {name for name, is_unknown in unknown.items() if is_unknown}))


def _drift(changes: Iterable[Mapping[str, Any]]) -> Iterable[Finding]:
    for change in _changes(changes):
        yield Finding("drift", change.address, f"changed outside: {', '.join(change.attributes)}")


def _failed(checks: Iterable[Mapping[str, Any]]) -> Iterable[Finding]:
    for check in checks:
        for instance in check.get("instances", ()):
            for problem in instance.get("problems", ()):
                yield Finding("check", check["address"]["to_display"], problem["message"])
