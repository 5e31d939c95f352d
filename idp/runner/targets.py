"""Where things are made: what each target adds to Terraform and Ansible. One folder of `infra/targets` each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from idp.errors import StepError


@dataclass(frozen=True, kw_only=True)
class Target:
    """`backend`: settings of Terraform's backend. `variables`: for Terraform roots and playbooks, beside the request."""

    name: str
    backend: Mapping[str, str]
    variables: Mapping[str, str]


def target(name: str, state_backend: Mapping[str, str], state_key: str) -> Target:
    """Raises StepError where there is no such target, or its settings do not fit."""
    if name not in TARGETS:
        message = f"There is no target {name!r}; set IDP_TARGET to one of {', '.join(TARGETS)}."
        raise StepError(message)
    return TARGETS[name](state_backend, state_key)


def _sandbox(state_backend: Mapping[str, str], state_key: str) -> Target:
    """State and a pretend world below one folder."""
    folder = state_backend.get("folder", "")
    if set(state_backend) != {"folder"} or not Path(folder).is_absolute():
        message = (
            'The target sandbox keeps all in one folder; set IDP_STATE_BACKEND to {"folder": "/an/absolute/path"}.'
        )
        raise StepError(message)
    return Target(
        name="sandbox",
        backend={"path": f"{folder}/state/{state_key}/terraform.tfstate"},
        variables={"world_folder": f"{folder}/world"},
    )


TARGETS: Final[Mapping[str, Callable[[Mapping[str, str], str], Target]]] = {"sandbox": _sandbox}
