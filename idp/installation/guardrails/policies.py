"""A policy and its binding, as the API server reads them: ValidatingAdmissionPolicy, expressions in CEL."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from idp import names

_API: Final = "admissionregistration.k8s.io/v1"

DEPLOYERS: Final = "params.data.deployers.split(' ')"
CONTROLLER: Final = "params.data.controller"

COLLECTOR: Final = names.account("kube-system", "generic-garbage-collector")
"""Takes a finalizer away where someone deletes with `--cascade=foreground`."""

_PARAMETERS: Final = {
    "controller": names.account(names.NAMESPACE_ARGO, "argo"),
    "deployers": "system:masters kubeadm:cluster-admins",
}
"""Argo's controller as upstream installs it; who administers a plain cluster, and one made by kubeadm or kind."""


@dataclass(frozen=True)
class Rule:
    """What must be true, and what is said where it is not: to whom it is said, the next move is another."""

    expression: str
    message: str


@dataclass(frozen=True)
class Policy:
    """Judges `operations` on `resources` (group -> plural names) in one namespace, in all of them where it is None.

    Only where the runs are it has parameters: what is lost there must not stand in the way of anybody elsewhere.
    """

    name: str
    why: str
    operations: tuple[str, ...]
    resources: Mapping[str, tuple[str, ...]]
    rules: tuple[Rule, ...]
    namespace: str | None = names.NAMESPACE_RUNS
    variables: Mapping[str, str] = field(default_factory=dict)
    named: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Group/plural -> names, where only some are judged."""
    exempt: Mapping[str, str] = field(default_factory=dict)
    """Name -> when the policy is not asked."""

    @property
    def has_parameters(self) -> bool:
        """See above."""
        return self.namespace == names.NAMESPACE_RUNS


def parameters() -> dict[str, Any]:
    """What differs between installations: users and groups, with blanks between them. An installation patches it."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": names.GUARDRAILS, "namespace": names.NAMESPACE_RUNS},
        "data": _PARAMETERS,
    }


def rendered(policy: Policy) -> list[dict[str, Any]]:
    """The policy and its binding."""
    return [_policy(policy), _binding(policy)]


def listed(values: Iterable[str]) -> str:
    """A list of strings in CEL. None of ours holds a quote or a backslash."""
    return f"[{', '.join(quoted(value) for value in values)}]"


def quoted(value: str) -> str:
    """A string in CEL."""
    return f"'{value}'"


def _policy(policy: Policy) -> dict[str, Any]:
    conditions = [{"name": name, "expression": f"!({when})"} for name, when in policy.exempt.items()]
    variables = [{"name": name, "expression": text} for name, text in policy.variables.items()]
    place = (
        {"namespaceSelector": {"matchLabels": {names.LABEL_NAMESPACE: policy.namespace}}} if policy.namespace else {}
    )
    return {
        "apiVersion": _API,
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": policy.name, "annotations": {names.ANNOTATION_DESCRIPTION: policy.why}},
        "spec": {
            "failurePolicy": "Fail",
            **({"paramKind": {"apiVersion": "v1", "kind": "ConfigMap"}} if policy.has_parameters else {}),
            "matchConstraints": {
                **place,
                "resourceRules": [_resources(policy, group) for group in (*policy.resources, *policy.named)],
            },
            **({"matchConditions": conditions} if conditions else {}),
            **({"variables": variables} if variables else {}),
            "validations": [
                {"expression": rule.expression, "message": rule.message, "reason": "Forbidden"} for rule in policy.rules
            ],
        },
    }


def _resources(policy: Policy, group: str) -> dict[str, Any]:
    """`named` has keys of group and plural: `/configmaps`."""
    only = {"resourceNames": list(policy.named[group])} if group in policy.named else {}
    api_group, _, plural = group.partition("/")
    return {
        "apiGroups": [api_group],
        "apiVersions": ["*"],
        "operations": list(policy.operations),
        "resources": [plural] if only else list(policy.resources[group]),
        **only,
    }


def _binding(policy: Policy) -> dict[str, Any]:
    """Without its parameters it refuses all."""
    reference = {
        "name": names.GUARDRAILS,
        "namespace": names.NAMESPACE_RUNS,
        "parameterNotFoundAction": "Deny",
    }
    return {
        "apiVersion": _API,
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": policy.name},
        "spec": {
            "policyName": policy.name,
            **({"paramRef": reference} if policy.has_parameters else {}),
            "validationActions": ["Deny"],
        },
    }
