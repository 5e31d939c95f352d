"""Where things are made: what each target adds to Terraform and Ansible. One folder of `infra/targets` each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from idp import names
from idp.errors import StepError


@dataclass(frozen=True, kw_only=True)
class Target:
    """`backend`: settings of Terraform's backend. `variables`: for Terraform roots and playbooks, beside the request.

    `environment`: what Terraform and playbooks need to reach it. `forget`: the command that removes a state which holds nothing more.
    """

    name: str
    backend: Mapping[str, str]
    variables: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    forget: Sequence[str] = ()


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


def _kubernetes(state_backend: Mapping[str, str], state_key: str) -> Target:
    """State in a Secret, locked by a Lease; what playbooks write goes to the same cluster.

    That is the pod's own cluster, or the current context of the kubeconfig file `config_path`.
    """
    file = state_backend.get("config_path")
    if not {"namespace"} <= set(state_backend) <= {"namespace", "config_path"} or not Path(file or "/").is_absolute():
        message = (
            "The target kubernetes keeps state in one namespace; set IDP_STATE_BACKEND to"
            f' {{"namespace": "{names.NAMESPACE_STATE}"}} in a pod, and outside with "config_path": "/a/kubeconfig" beside it.'
        )
        raise StepError(message)
    namespace, suffix = state_backend["namespace"], names.state_secret(state_key)
    # A saved plan keeps the backend's settings. Whose file it is, is no part of them: who applies is not who planned.
    place = {} if file else {"in_cluster_config": "true"}
    kubectl = ("kubectl", *(("--kubeconfig", file) if file else ()), "--namespace", namespace)
    return Target(
        name="kubernetes",
        backend={"namespace": namespace, "secret_suffix": suffix, **place},
        environment={"KUBE_CONFIG_PATHS": file, "K8S_AUTH_KUBECONFIG": file} if file else {},
        # By Terraform's own label: the Secret, its parts where it was a large one, and the Lease.
        forget=(*kubectl, "delete", "secret,lease", "--selector", f"tfstateSecretSuffix={suffix}"),
    )


TARGETS: Final[Mapping[str, Callable[[Mapping[str, str], str], Target]]] = {
    "sandbox": _sandbox,
    "kubernetes": _kubernetes,
}
