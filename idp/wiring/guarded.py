"""Shapes of admission policies. What an expression means is not read here: a real CEL judges them in the tests."""

from typing import Annotated, Literal

from pydantic import Field

from idp.events.model import Model
from idp.wiring.plain import ClusterMetadata
from idp.wiring.served import Description, Labels


class PolicyMetadata(ClusterMetadata):
    """Says why it is there."""

    annotations: Description


class ParameterKind(Model):
    """The one kind we use."""

    api_version: Literal["v1"]
    kind: Literal["ConfigMap"]


class ResourceRule(Model):
    """What is judged."""

    api_groups: list[str]
    api_versions: list[Literal["*"]]
    operations: list[str]
    resources: list[str]
    resource_names: list[str] | None = None


class Constraints(Model):
    """Where."""

    namespace_selector: Labels | None = None
    resource_rules: list[ResourceRule]


class Named(Model):
    """A variable, or a condition."""

    name: str
    expression: str


class Validation(Model):
    """What must be true."""

    expression: str
    message: Annotated[str, Field(min_length=20)]
    reason: Literal["Forbidden"]


class PolicySpec(Model):
    """What cannot be judged is refused."""

    failure_policy: Literal["Fail"]
    param_kind: ParameterKind | None = None
    match_constraints: Constraints
    match_conditions: list[Named] | None = None
    variables: list[Named] | None = None
    validations: Annotated[list[Validation], Field(min_length=1)]


class ValidatingAdmissionPolicy(Model):
    """What the API server refuses."""

    api_version: Literal["admissionregistration.k8s.io/v1"]
    kind: Literal["ValidatingAdmissionPolicy"]
    metadata: PolicyMetadata
    spec: PolicySpec


class ParameterReference(Model):
    """Without it all is refused."""

    name: str
    namespace: str
    parameter_not_found_action: Literal["Deny"]


class BindingSpec(Model):
    """Refused, not only noted."""

    policy_name: str
    param_ref: ParameterReference | None = None
    validation_actions: Annotated[list[Literal["Deny"]], Field(min_length=1, max_length=1)]


class ValidatingAdmissionPolicyBinding(Model):
    """That a policy is in force."""

    api_version: Literal["admissionregistration.k8s.io/v1"]
    kind: Literal["ValidatingAdmissionPolicyBinding"]
    metadata: ClusterMetadata
    spec: BindingSpec
