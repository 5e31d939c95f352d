"""The request as values for Terraform and Ansible: files in which every text is a value and none is evaluated."""

import json
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from idp.errors import StepError
from idp.runner.assignment import Assignment


def platform_variables(assigned: Assignment) -> dict[str, str]:
    """What Terraform modules take beside the request's fields: names are made of these.

    `domain` is the catalogue's. `capability` keeps apart two resources of one team and name, whatever module makes them.
    `owner` answers for the capability: a tag.
    """
    capability = assigned.capability
    return {"domain": assigned.domain, "capability": capability.name, "owner": capability.owner}


def terraform_variables(assigned: Assignment) -> str:
    """A `.tfvars.json`: JSON strings are literal there, `${...}` and `%{...}` too. Raises StepError."""
    fields = assigned.request.model_dump(mode="json")
    for path, text in _texts(fields, ""):
        if not unicodedata.is_normalized("NFC", text):
            message = (
                f"The request's {path} is not in Unicode normal form C; Terraform would change it. Send it composed."
            )
            raise StepError(message)
    return json.dumps(fields | platform_variables(assigned) | dict(assigned.target.variables))


def ansible_variables(assigned: Assignment, state: str, outputs: Mapping[str, Any]) -> str:
    """Extra variables as JSON: `state`, `request`, `outputs`, `capability` and the target's own. Raises StepError.

    Every text is marked as unsafe, which is how Ansible is told never to evaluate it. The JSON form of the mark, as
    YAML's `!unsafe "yes"` is read as true (ansible-core 2.19).
    """
    values = {
        "request": assigned.request.model_dump(mode="json"),
        "outputs": dict(outputs),
        "state": state,
        "capability": assigned.capability.name,
        **assigned.target.variables,
    }
    return json.dumps({name: _unsafe(value, name) for name, value in values.items()})


def _unsafe(value: Any, path: str) -> Any:
    match value:
        case str():
            return {"__ansible_unsafe": value}
        case Mapping():
            return {_plain(name, path): _unsafe(inner, f"{path}.{name}") for name, inner in value.items()}
        case list():
            return [_unsafe(inner, f"{path}[{number}]") for number, inner in enumerate(value)]
        case _:
            return value


def _plain(name: str, path: str) -> str:
    """Ansible's JSON reader takes such keys for marks of its own; one it cannot read makes it take all for YAML."""
    if name.startswith("__ansible"):
        message = f"The {path} has a key that starts with __ansible, which Ansible keeps for itself; use another."
        raise StepError(message)
    return name


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    match value:
        case str():
            yield path, value
        case dict():
            for name, inner in value.items():
                yield f"{path}.{name}".lstrip("."), name
                yield from _texts(inner, f"{path}.{name}".lstrip("."))
        case list():
            for number, inner in enumerate(value):
                yield from _texts(inner, f"{path}[{number}]")
