"""The NetworkPolicies against a table of who talks to whom, written by hand."""

from collections.abc import Iterator

from idp.wiring import expected, plain, served
from idp.wiring.findings import Finding, different, unequal_sets
from idp.wiring.parsed import Parsed


def network_findings(parsed: Parsed) -> Iterator[Finding]:
    """Every namespace refuses what is not in the table, and nothing is in the manifests that is not in the table."""
    policies = parsed.all(served.NetworkPolicy)
    found = [f"{each.metadata.namespace}/{each.metadata.name}" for each in policies]
    spaces = [each.metadata.name for each in parsed.all(plain.Namespace)]
    yield from unequal_sets("NetworkPolicy", "policy", found, list(expected.NETWORK))
    yield from unequal_sets(
        "NetworkPolicy",
        "default of namespace",
        [each.removesuffix("/default") for each in found if "/default" in each],
        spaces,
    )
    for name, policy in zip(found, policies, strict=True):
        where, spec = f"NetworkPolicy {name}", policy.spec
        yield from different(where, "policyTypes", spec.policy_types, ["Ingress", "Egress"])
        pods, taken, given = expected.NETWORK.get(name, ("", [], []))
        yield from different(where, "pods", _labels(spec.pod_selector), pods)
        yield from different(where, "ingress", [_line(each, policy) for each in spec.ingress or []], taken)
        yield from different(where, "egress", [_line(each, policy) for each in spec.egress], given)


def _line(rule: served.Taken | served.Given, policy: served.NetworkPolicy) -> str:
    """`where pods ports`, as in the table."""
    peer = rule.peers[0] if rule.peers else None
    ports = ",".join(f"{each.port}/{each.protocol}" for each in rule.ports)
    if peer is None:
        return f"anywhere * {ports}"
    spaces = policy.metadata.namespace if peer.namespace_selector is None else _labels(peer.namespace_selector)
    return f"{spaces.removeprefix('kubernetes.io/metadata.name=')} {_labels(peer.pod_selector)} {ports}"


def _labels(selector: served.Labels | None) -> str:
    labels = (selector.match_labels if selector else None) or {}
    return ",".join(f"{key}={value}" for key, value in labels.items()) or "*"
