"""Where things are made: what each target adds to Terraform and Ansible. One folder of `infra/targets` each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from idp import names
from idp.errors import StepError
from idp.runner.azure import azure_settings
from idp.runner.delivery_settings import DeliverySettings, delivery_settings

_DELIVERY: Final = "delivery"


@dataclass(frozen=True, kw_only=True)
class Target:
    """`backend`: settings of Terraform's backend. `variables`: for Terraform roots and playbooks, beside the request.

    `environment`: what Terraform and playbooks need to reach it. `forget`: the command that removes a state which holds nothing more.
    `delivery`: how applications get there, where the cluster can carry them. `workload_identity`: whether an environment's workloads
    are somebody outside of the cluster, too.
    """

    name: str
    backend: Mapping[str, str]
    variables: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    forget: Sequence[str] = ()
    delivery: DeliverySettings | None = None
    workload_identity: bool = False


def target(name: str, state_backend: Mapping[str, str], state_key: str, told: Mapping[str, Any]) -> Target:
    """`told` is IDP_TARGET_SETTINGS. Raises StepError where there is no such target, or its settings do not fit."""
    if name not in TARGETS:
        message = f"There is no target {name!r}; set IDP_TARGET to one of {', '.join(TARGETS)}."
        raise StepError(message)
    if told and name not in TOLD:
        message = (
            f"IDP_TARGET_SETTINGS is of no use to the target {name}: unset it, or set IDP_TARGET to {', '.join(TOLD)}."
        )
        raise StepError(message)
    return TARGETS[name](state_backend, state_key, told)


def _sandbox(state_backend: Mapping[str, str], state_key: str, _told: Mapping[str, Any]) -> Target:
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


def _kubernetes(state_backend: Mapping[str, str], state_key: str, told: Mapping[str, Any]) -> Target:
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
        delivery=delivery_settings(told, "kubernetes"),
    )


def _azure(state_backend: Mapping[str, str], state_key: str, told: Mapping[str, Any]) -> Target:
    """State in a blob, locked by its lease; who a step is, its pod's workload identity says.

    Applications go to the pod's own cluster, where the member `delivery` says how: no root of Terraform is told of it.
    No credential is a setting: Terraform would write it into its folder and into every saved plan.
    """
    if set(state_backend) != {"storage_account_name", "container_name"}:
        message = (
            "The target azure keeps state in a container of one storage account; set IDP_STATE_BACKEND to"
            ' {"storage_account_name": "...", "container_name": "state"}.'
        )
        raise StepError(message)
    settings = azure_settings({name: value for name, value in told.items() if name != _DELIVERY})
    return Target(
        name="azure",
        workload_identity=True,
        backend={**state_backend, "key": state_key, "use_azuread_auth": "true", "use_oidc": "true"},
        variables={"azure": settings.model_dump(mode="json")},
        # Read by the backend and by azurerm. The webhook of workload identity adds whose token it is, and where.
        environment={
            "ARM_USE_AKS_WORKLOAD_IDENTITY": "true",
            "ARM_USE_OIDC": "true",
            "ARM_USE_CLI": "false",
            "ARM_USE_MSI": "false",
            "ARM_SUBSCRIPTION_ID": settings.subscription_id,
            "ARM_TENANT_ID": settings.tenant_id,
        },
        delivery=delivery_settings({name: value for name, value in told.items() if name == _DELIVERY}, "azure"),
    )


TARGETS: Final[Mapping[str, Callable[[Mapping[str, str], str, Mapping[str, Any]], Target]]] = {
    "sandbox": _sandbox,
    "kubernetes": _kubernetes,
    "azure": _azure,
}
TOLD: Final = ("azure", "kubernetes")
"""Those that need to know of the platform beside which they make things."""
