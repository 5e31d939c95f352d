"""Who a pod is, what it may do, and that nobody else is anybody."""

from collections.abc import Iterator

from idp import names
from idp.wiring import expected, plain
from idp.wiring.findings import Finding, different, unequal_sets
from idp.wiring.parsed import Parsed
from idp.wiring.shapes import WorkflowTemplate


def access_findings(parsed: Parsed) -> list[Finding]:
    """Accounts, roles and bindings are those that pods use; each role allows what the contract says and no more."""
    roles, bindings = parsed.all(plain.Role), parsed.all(plain.RoleBinding)
    wanted = [_home(name) for name in expected.RULES]
    accounts = [(each.metadata.namespace, each.metadata.name) for each in parsed.all(plain.ServiceAccount)]
    found = unequal_sets("ServiceAccount", "account", list(map(_path, accounts)), list(map(_path, wanted)))
    found += unequal_sets("Role", "role", [each.metadata.name for each in roles], list(expected.RULES))
    found += unequal_sets("RoleBinding", "binding", [each.metadata.name for each in bindings], list(expected.RULES))
    found += [each for role in roles for each in _role(role)]
    found += [each for binding in bindings for each in _binding(binding, parsed)]
    found += [each for account in parsed.all(plain.ServiceAccount) for each in _account(account)]
    return found + list(_of_the_cluster(parsed)) + list(_executor(parsed))


def _home(name: str) -> tuple[str, str]:
    return (expected.HOMES.get(name, names.NAMESPACE_RUNS), name)


def _path(pair: tuple[str, str]) -> str:
    return "/".join(pair)


def _account(account: plain.ServiceAccount) -> Iterator[Finding]:
    """Only the Sensor is a client of the cluster by itself; Argo mounts the executor's token by name."""
    automatic = None if account.metadata.name == expected.SENSOR_ACCOUNT else False
    where = f"ServiceAccount {account.metadata.name}"
    yield from different(where, "automountServiceAccountToken", account.automount_service_account_token, automatic)


def _rules(role: plain.Role | plain.ClusterRole) -> list[tuple[tuple[str, ...], ...]]:
    return [(tuple(each.api_groups), tuple(each.resources), tuple(each.verbs)) for each in role.rules]


def _role(role: plain.Role) -> Iterator[Finding]:
    where = f"Role {role.metadata.name}"
    yield from different(where, "namespace", role.metadata.namespace, names.NAMESPACE_RUNS)
    yield from different(where, "rules", _rules(role), expected.RULES.get(role.metadata.name))


def _binding(binding: plain.RoleBinding, parsed: Parsed) -> Iterator[Finding]:
    where = f"RoleBinding {binding.metadata.name}"
    yield from different(where, "namespace", binding.metadata.namespace, names.NAMESPACE_RUNS)
    yield from different(where, "roleRef", binding.role_ref.name, binding.metadata.name)
    if parsed.named(plain.Role, binding.metadata.namespace, binding.role_ref.name) is None:
        yield Finding(where, f"there is no Role {binding.role_ref.name!r} in its namespace")
    for subject in binding.subjects:
        yield from different(where, "subject", (subject.namespace, subject.name), _home(binding.metadata.name))
        if parsed.named(plain.ServiceAccount, subject.namespace, subject.name) is None:
            yield Finding(where, f"there is no ServiceAccount {subject.namespace}/{subject.name}")


def _of_the_cluster(parsed: Parsed) -> Iterator[Finding]:
    """One role that is of no namespace, and one account that has it."""
    roles = [(each.metadata.name, _rules(each)) for each in parsed.all(plain.ClusterRole)]
    yield from different("ClusterRole", "the roles", roles, [(expected.CLUSTER_ROLE, expected.CLUSTER_RULES)])
    bindings = [
        (each.metadata.name, each.role_ref.name, [(subject.namespace, subject.name) for subject in each.subjects])
        for each in parsed.all(plain.ClusterRoleBinding)
    ]
    wanted = [(expected.CLUSTER_ROLE, expected.CLUSTER_ROLE, [_home(expected.API_ACCOUNT)])]
    yield from different("ClusterRoleBinding", "the bindings", bindings, wanted)


def _executor(parsed: Parsed) -> Iterator[Finding]:
    """Argo looks for the token by a name made of the account's."""
    tokens = [
        (each.metadata.namespace, each.metadata.name, list(each.metadata.annotations.values()))
        for each in parsed.all(plain.Secret)
    ]
    name = f"{expected.EXECUTOR}.service-account-token"
    yield from different("Secret", "the tokens", tokens, [(names.NAMESPACE_RUNS, name, [expected.EXECUTOR])])
    for template in parsed.all(WorkflowTemplate):
        where = f"WorkflowTemplate {template.metadata.name}"
        account = template.spec.executor.service_account_name
        yield from different(where, "executor.serviceAccountName", account, expected.EXECUTOR)
