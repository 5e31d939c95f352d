"""Who a pod is, what it may do, and that nobody else is anybody."""

from collections.abc import Iterator

from idp import names
from idp.wiring import expected, plain
from idp.wiring.findings import Finding, different, unequal_sets
from idp.wiring.parsed import Parsed
from idp.wiring.shapes import WorkflowTemplate

AnyRole = plain.Role | plain.ClusterRole
AnyBinding = plain.RoleBinding | plain.ClusterRoleBinding


def access_findings(parsed: Parsed) -> list[Finding]:
    """Accounts, roles and bindings are those that pods use; each role allows what the contract says and no more."""
    roles: list[AnyRole] = [*parsed.all(plain.Role), *parsed.all(plain.ClusterRole)]
    bindings: list[AnyBinding] = [*parsed.all(plain.RoleBinding), *parsed.all(plain.ClusterRoleBinding)]
    wanted = [_path(pair) for pair in expected.RULES]
    accounts = [_path((each.metadata.namespace, each.metadata.name)) for each in parsed.all(plain.ServiceAccount)]
    homes = [_path((namespace, name)) for name, namespace in expected.ACCOUNTS.items()]
    found = unequal_sets("ServiceAccount", "account", accounts, homes)
    found += unequal_sets("Role", "role", [_path(_of(each)) for each in roles], wanted)
    found += unequal_sets("RoleBinding", "binding", [_path(_of(each)) for each in bindings], wanted)
    found += [each for role in roles for each in _role(role)]
    found += [each for binding in bindings for each in _binding(binding, parsed)]
    found += [each for account in parsed.all(plain.ServiceAccount) for each in _account(account)]
    return found + list(_executor(parsed))


def _path(pair: tuple[str, str]) -> str:
    return "/".join(pair)


def _of(each: AnyRole | AnyBinding) -> tuple[str, str]:
    """Where (nowhere in particular: everywhere), and whose it is."""
    if isinstance(each, plain.ClusterRole | plain.ClusterRoleBinding):
        return ("", each.metadata.name.removeprefix("idp-"))
    return (each.metadata.namespace, each.metadata.name)


def _account(account: plain.ServiceAccount) -> Iterator[Finding]:
    """Only the Sensor is a client of the cluster by itself; Argo mounts the executor's token by name."""
    automatic = None if account.metadata.name == expected.SENSOR_ACCOUNT else False
    where = f"ServiceAccount {account.metadata.name}"
    yield from different(where, "automountServiceAccountToken", account.automount_service_account_token, automatic)


def _role(role: AnyRole) -> Iterator[Finding]:
    where = f"{role.kind} {role.metadata.name}"
    rules = [
        (*each.api_groups, *each.resources, tuple(each.verbs), tuple(each.resource_names or ())) for each in role.rules
    ]
    yield from different(where, "rules", rules, expected.RULES.get(_of(role)))
    if isinstance(role, plain.ClusterRole):
        yield from different(where, "name", role.metadata.name, names.cluster_role(_of(role)[1]))


def _binding(binding: AnyBinding, parsed: Parsed) -> Iterator[Finding]:
    where = f"{binding.kind} {binding.metadata.name}"
    namespace, account = _of(binding)
    yield from different(where, "roleRef", binding.role_ref.name, binding.metadata.name)
    role = plain.Role if isinstance(binding, plain.RoleBinding) else plain.ClusterRole
    if parsed.named(role, namespace, binding.role_ref.name) is None:
        yield Finding(where, f"there is no {role.__name__} {binding.role_ref.name!r} in its namespace")
    home = (expected.ACCOUNTS.get(account), account)
    for subject in binding.subjects:
        yield from different(where, "subject", (subject.namespace, subject.name), home)
        if parsed.named(plain.ServiceAccount, subject.namespace, subject.name) is None:
            yield Finding(where, f"there is no ServiceAccount {subject.namespace}/{subject.name}")


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
