"""The accounts of a run's steps, with the rights that are rendered for them, in namespaces of this test's own."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from idp import names
from idp.installation.guardrails.policies import rendered as guardrail
from idp.installation.guardrails.steps import environments, state
from idp.workflows.access import run_access
from tests.cluster.kubectl import Kubectl
from tests.cluster.target.steps import RUNS, STATE, OnCluster
from tests.runner.permits import Permits
from tests.runner.steps import ROOT

_OWN = {
    f'"{names.NAMESPACE_RUNS}"': f'"{RUNS}"',
    f'"{names.NAMESPACE_STATE}"': f'"{STATE}"',
    names.account(names.NAMESPACE_RUNS, ""): names.account(RUNS, ""),
    f'"{names.cluster_role("look")}"': '"target-test-look"',
    f'"{names.cluster_role("configure")}"': '"target-test-configure"',
    '"idp-environments"': '"target-test-environments"',
    '"idp-states"': '"target-test-states"',
}
"""What is rendered -> what it is called here, beside an installation that may be in the cluster too."""


@pytest.fixture(scope="session")
def collections(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As the image has them."""
    folder = tmp_path_factory.mktemp("collections")
    subprocess.run([sys.executable, str(ROOT / "requirements" / "collections"), str(folder)], check=True)
    return folder


@pytest.fixture(scope="session")
def accounts(kubectl: Kubectl, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Path]]:
    """Account -> kubeconfig with a token of it, and nothing else. What RBAC and guard rails say of it is in force."""
    for namespace in (RUNS, STATE):
        kubectl.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    rendered = [*run_access(), *(each for policy in (environments(), state()) for each in guardrail(policy))]
    text = json.dumps(rendered)
    for theirs, own in _OWN.items():
        text = text.replace(theirs, own)
    kubectl.apply(*json.loads(text))
    folder = tmp_path_factory.mktemp("accounts")
    yield {account: _kubeconfig(kubectl, account, folder) for account in ("look", "apply", "configure")}
    kinds = "validatingadmissionpolicies,validatingadmissionpolicybindings"
    kubectl("delete", kinds, "target-test-environments", "target-test-states")


def _kubeconfig(kubectl: Kubectl, account: str, folder: Path) -> Path:
    config: dict[str, Any] = json.loads(kubectl("config", "view", "--raw", "--minify", "-o", "json"))
    token = kubectl("-n", RUNS, "create", "token", account, "--duration=2h").strip()
    config["users"] = [{"name": account, "user": {"token": token}}]
    config["contexts"][0]["context"] = {"cluster": config["clusters"][0]["name"], "user": account}
    file = folder / account
    file.write_text(json.dumps(config))
    return file


@pytest.fixture
def permits() -> Iterator[Permits]:
    """An HTTP server that gives permits, unless told otherwise."""
    with Permits() as server:
        yield server


@pytest.fixture
def run(
    tmp_path: Path, permits: Permits, accounts: dict[str, Path], collections: Path, kubectl: Kubectl
) -> Iterator[Callable[..., OnCluster]]:
    """`run(capability, **request)`: of team targeta. What a test leaves in the cluster is removed after it."""

    def made(capability: str, **request: Any) -> OnCluster:
        folder = tmp_path / f"run-{len(list(tmp_path.glob('run-*')))}"
        folder.mkdir()
        body = {"team": "targeta", "name": "one", **request}
        return OnCluster(
            folder, tmp_path / "none", capability, body, api=permits.url, accounts=accounts, collections=collections
        )

    yield made
    kubectl("delete", "namespace", "-l", "idp.io/team in (targeta,targetb)", "--ignore-not-found")
    kubectl("-n", STATE, "delete", "secret,lease", "-l", "tfstate=true")
