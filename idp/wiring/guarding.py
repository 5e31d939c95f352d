"""Admission policies against a table of what is judged where, written by hand; and that each is in force."""

from collections.abc import Iterator

from idp import names
from idp.wiring import expected, guarded, plain
from idp.wiring.findings import Finding, different, unequal_sets
from idp.wiring.parsed import Parsed


def guarding_findings(parsed: Parsed) -> Iterator[Finding]:
    """Each policy with one binding, for the namespace of the runs with the same parameters, or elsewhere with none."""
    policies = parsed.all(guarded.ValidatingAdmissionPolicy)
    bindings = parsed.all(guarded.ValidatingAdmissionPolicyBinding)
    wanted = list(expected.JUDGED)
    yield from unequal_sets("ValidatingAdmissionPolicy", "policy", [each.metadata.name for each in policies], wanted)
    yield from unequal_sets(
        "ValidatingAdmissionPolicyBinding", "binding", [each.metadata.name for each in bindings], wanted
    )
    for policy in policies:
        yield from _policy(policy)
    for binding in bindings:
        where = f"ValidatingAdmissionPolicyBinding {binding.metadata.name}"
        yield from different(where, "policyName", binding.spec.policy_name, binding.metadata.name)
        yield from _parameters(where, binding, parsed)


def _parameters(where: str, binding: guarded.ValidatingAdmissionPolicyBinding, parsed: Parsed) -> Iterator[Finding]:
    reference = binding.spec.param_ref
    if binding.metadata.name in expected.ELSEWHERE or reference is None:
        yield from different(where, "paramRef", reference is None, binding.metadata.name in expected.ELSEWHERE)
        return
    if parsed.named(plain.ConfigMap, reference.namespace, reference.name) is None:
        yield Finding(where, f"there is no ConfigMap {reference.namespace}/{reference.name}")
    yield from different(where, "paramRef", reference.name, names.GUARDRAILS)


def _policy(policy: guarded.ValidatingAdmissionPolicy) -> Iterator[Finding]:
    where, spec = f"ValidatingAdmissionPolicy {policy.metadata.name}", policy.spec
    selector = spec.match_constraints.namespace_selector
    place = expected.ELSEWHERE.get(policy.metadata.name, "idp-runs")
    judged = [_line(each) for each in spec.match_constraints.resource_rules]
    wanted, variables, conditions, rules = expected.JUDGED.get(policy.metadata.name, ([], [], [], 0))
    places = {"kubernetes.io/metadata.name": place} if place else None
    yield from different(where, "namespaces", selector.match_labels if selector else None, places)
    yield from different(where, "paramKind", spec.param_kind is None, policy.metadata.name in expected.ELSEWHERE)
    yield from different(where, "what is judged", judged, wanted)
    yield from different(where, "variables", [each.name for each in spec.variables or []], variables)
    yield from different(where, "matchConditions", [each.name for each in spec.match_conditions or []], conditions)
    yield from different(where, "the number of rules", len(spec.validations), rules)


def _line(rule: guarded.ResourceRule) -> str:
    """`OPERATIONS group/plurals[: names]`, as in the table."""
    only = f": {','.join(rule.resource_names)}" if rule.resource_names else ""
    versions = "" if rule.api_versions == ["*"] else f" of {rule.api_versions}"
    return f"{','.join(rule.operations)} {','.join(each or 'core' for each in rule.api_groups)}/{','.join(rule.resources)}{versions}{only}"
