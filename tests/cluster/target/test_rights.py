"""What the accounts of the steps may not do: asked of the API server as each of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.kubectl import Kubectl
from tests.cluster.target.steps import STATE

NEXT = "env-targetb-one"
CONFIGURE = [
    (("create", "namespace", "env-targetb-two", "--dry-run=server"), ""),
    (("create", "namespace", "targetb", "--dry-run=server"), "that begin with env-"),
    (("delete", "namespace", "target-test-runs", "--dry-run=server"), "that begin with env-"),
    (("-n", NEXT, "create", "quota", "any", "--dry-run=server"), ""),
    (("-n", "default", "create", "quota", "any", "--dry-run=server"), "that begin with env-"),
    (("-n", NEXT, "create", "rolebinding", "team", "--clusterrole=edit", "--group=team:targetb", "--dry-run=server"), ""),
    (("-n", "kube-system", "create", "rolebinding", "a", "--clusterrole=edit", "--group=a", "--dry-run=server"), "that begin with env-"),
    (("-n", NEXT, "create", "rolebinding", "a", "--clusterrole=admin", "--group=a", "--dry-run=server"), "attempting to grant RBAC permissions"),
    (("-n", NEXT, "delete", "configmap", "kube-root-ca.crt", "--dry-run=server"), "cannot delete resource"),
    (("-n", NEXT, "get", "secrets"), "cannot list resource"),
    (("-n", STATE, "get", "secret", "held"), "cannot get resource"),
    (("get", "namespaces"), "cannot list resource"),
    (("-n", NEXT, "create", "deployment", "a", "--image=a", "--dry-run=server"), "cannot create resource"),
]  # fmt: skip
LOOK = [
    (("get", "namespace", NEXT), ""),
    (("create", "namespace", "env-targetb-two", "--dry-run=server"), "cannot create resource"),
    (("-n", NEXT, "get", "configmap", "kube-root-ca.crt"), "cannot get resource"),
    (("-n", NEXT, "create", "configmap", "application-settings", "--dry-run=server"), "cannot create resource"),
    (("-n", STATE, "get", "secret", "held"), ""),
    (("-n", STATE, "delete", "secret", "held", "--dry-run=server"), "cannot delete resource"),
]
APPLY = [
    (("-n", STATE, "get", "secret", "held"), ""),
    (("-n", "default", "get", "secrets"), "cannot list resource"),
    (("get", "namespace", NEXT), "cannot get resource"),
    (("-n", STATE, "get", "configmaps"), "cannot list resource"),
]


@pytest.fixture(scope="module", autouse=True)
def things(kubectl: Kubectl, accounts: dict[str, Path]) -> Iterator[None]:
    """An environment, and a state that is held."""
    assert accounts
    kubectl("create", "namespace", NEXT)
    kubectl.apply({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "held", "namespace": STATE}, "stringData": {"tfstate": "x"}})  # fmt: skip
    yield
    kubectl("delete", "namespace", NEXT)
    kubectl("-n", STATE, "delete", "secret", "held", "empty", "--ignore-not-found")


@pytest.mark.parametrize(
    ("account", "words", "refused"),
    [(account, *each) for account, table in (("configure", CONFIGURE), ("look", LOOK), ("apply", APPLY)) for each in table],
)  # fmt: skip
def test_an_account_may_do_what_its_steps_do(
    accounts: dict[str, Path], account: str, words: tuple[str, ...], refused: str
) -> None:
    done = Kubectl(("--kubeconfig", str(accounts[account]))).run(*words)
    if refused:
        assert refused in done.stderr
        assert done.returncode != 0
    else:
        assert done.returncode == 0, done.stderr


def test_who_looks_writes_the_first_state_and_changes_none(accounts: dict[str, Path], kubectl: Kubectl) -> None:
    """Terraform's way: the Secret is created, then replaced by one with the state."""
    look = Kubectl(("--kubeconfig", str(accounts["look"]), "-n", STATE))

    def secret(name: str, value: str) -> str:
        return f'{{"apiVersion": "v1", "kind": "Secret", "metadata": {{"name": "{name}"}}, "stringData": {{"tfstate": "{value}"}}}}'

    look("create", "secret", "generic", "empty")
    look("replace", "-f", "-", stdin=secret("empty", "first"))
    for name in ("empty", "held"):
        refused = look.run("replace", "-f", "-", stdin=secret(name, "other"))
        assert "Who only looks changes no state" in refused.stderr
    assert kubectl.json("-n", STATE, "get", "secret", "empty")["data"] == {"tfstate": "Zmlyc3Q="}
