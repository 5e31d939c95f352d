"""Shapes of the plain Kubernetes objects, and of the Workflow that a trigger creates."""

from typing import Annotated, Literal

from pydantic import Field

from idp.events.model import Metadata, Model
from idp.wiring.shapes import Named, RunArguments


class PodSecurityLevel(Model):
    """A pod below it is refused, and told of."""

    enforce: Literal["restricted"] = Field(alias="pod-security.kubernetes.io/enforce")
    audit: Literal["restricted"] = Field(alias="pod-security.kubernetes.io/audit")
    warn: Literal["restricted"] = Field(alias="pod-security.kubernetes.io/warn")


class NamespaceMetadata(Model):
    """A namespace is in none."""

    name: str
    labels: PodSecurityLevel


class Namespace(Model):
    """Where objects are."""

    api_version: Literal["v1"]
    kind: Literal["Namespace"]
    metadata: NamespaceMetadata


class ServiceAccount(Model):
    """Who a pod is."""

    api_version: Literal["v1"]
    kind: Literal["ServiceAccount"]
    metadata: Metadata
    automount_service_account_token: Literal[False] | None = None


class Rule(Model):
    """What may be done with which objects; without names, with all of them."""

    api_groups: Annotated[list[str], Field(min_length=1, max_length=1)]
    resources: Annotated[list[str], Field(min_length=1, max_length=1)]
    verbs: list[str]
    resource_names: list[str] | None = None


class Role(Model):
    """What somebody may do."""

    api_version: Literal["rbac.authorization.k8s.io/v1"]
    kind: Literal["Role"]
    metadata: Metadata
    rules: list[Rule]


class ClusterMetadata(Model):
    """Of what is in no namespace."""

    name: str


class ClusterRole(Model):
    """What somebody may do in all namespaces."""

    api_version: Literal["rbac.authorization.k8s.io/v1"]
    kind: Literal["ClusterRole"]
    metadata: ClusterMetadata
    rules: list[Rule]


class RoleReference(Model):
    """Only Roles of the same namespace."""

    api_group: Literal["rbac.authorization.k8s.io"]
    kind: Literal["Role"]
    name: str


class Subject(Model):
    """Only ServiceAccounts."""

    kind: Literal["ServiceAccount"]
    name: str
    namespace: str


class RoleBinding(Model):
    """Who may."""

    api_version: Literal["rbac.authorization.k8s.io/v1"]
    kind: Literal["RoleBinding"]
    metadata: Metadata
    role_ref: RoleReference
    subjects: Annotated[list[Subject], Field(min_length=1, max_length=1)]


class ClusterRoleReference(Model):
    """Only ClusterRoles."""

    api_group: Literal["rbac.authorization.k8s.io"]
    kind: Literal["ClusterRole"]
    name: str


class ClusterRoleBinding(Model):
    """Who may in all namespaces."""

    api_version: Literal["rbac.authorization.k8s.io/v1"]
    kind: Literal["ClusterRoleBinding"]
    metadata: ClusterMetadata
    role_ref: ClusterRoleReference
    subjects: Annotated[list[Subject], Field(min_length=1, max_length=1)]


class SecretMetadata(Metadata):
    """Names the account whose token it is."""

    annotations: dict[Literal["kubernetes.io/service-account.name"], str]


class Secret(Model):
    """Only tokens that the cluster fills in: no secret is ever rendered."""

    api_version: Literal["v1"]
    kind: Literal["Secret"]
    metadata: SecretMetadata
    type: Literal["kubernetes.io/service-account-token"]


class ConfigMap(Model):
    """Values by key."""

    api_version: Literal["v1"]
    kind: Literal["ConfigMap"]
    metadata: Metadata
    data: dict[str, str]


class Kustomization(Model):
    """The list of files."""

    api_version: Literal["kustomize.config.k8s.io/v1beta1"]
    kind: Literal["Kustomization"]
    resources: list[str]


class CreatedMetadata(Model):
    """The rest comes with the event."""

    namespace: str
    labels: dict[str, str]


class CreatedSpec(Model):
    """All that `templateReferencing: Strict` allows, without the entrypoint: it comes with the event."""

    workflow_template_ref: Named
    arguments: RunArguments


class CreatedWorkflow(Model):
    """What a trigger creates, before the event's values are set."""

    api_version: Literal["argoproj.io/v1alpha1"]
    kind: Literal["Workflow"]
    metadata: CreatedMetadata
    spec: CreatedSpec
