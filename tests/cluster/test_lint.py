"""Argo's own programs and kubectl read the manifests as they read anyone's.

IDP_TEST_ARGO and IDP_TEST_ARGO_EVENTS name them, where they are not in PATH.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.cluster.kubectl import Kubectl

ROOT = Path(__file__).parents[2]
MANIFESTS = ROOT / "manifests"
KUSTOMIZATIONS = [
    "manifests",
    "infra/argo",
    "infra/overlays/azure",
    "tests/cluster/overlays/kind",
    "tests/cluster/overlays/harness",
    "tests/cluster/overlays/harness-applications",
]


def linted(variable: str, program: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    path = os.environ.get(variable) or shutil.which(program)
    assert path, f"{program} lints the manifests: put it into PATH, or name it in {variable}."
    return subprocess.run([path, "lint", *arguments], capture_output=True, text=True, timeout=120, check=False)


def argo(folder: Path) -> "subprocess.CompletedProcess[str]":
    return linted("IDP_TEST_ARGO", "argo", "--offline", str(folder))


def argo_events(folder: Path) -> "subprocess.CompletedProcess[str]":
    return linted("IDP_TEST_ARGO_EVENTS", "argo-events", "-R", "--strict", str(folder))


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """The manifests, to be changed."""
    return Path(shutil.copytree(MANIFESTS, tmp_path / "manifests"))


def replaced(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def test_argo_workflows_finds_nothing() -> None:
    done = argo(MANIFESTS)

    assert done.returncode == 0, done.stdout + done.stderr


def test_argo_events_finds_nothing() -> None:
    done = argo_events(MANIFESTS)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("is valid") == 2, "an EventSource and a Sensor"


def test_argo_workflows_would_find_a_task_without_its_template(broken: Path) -> None:
    replaced(broken / "runs/templates/environments.yaml", "template: look-provision", "template: look-provisionx")

    done = argo(broken)

    assert done.returncode == 1
    assert "look-provisionx" in done.stdout + done.stderr


def test_argo_events_would_find_a_dependency_without_its_event(broken: Path) -> None:
    replaced(broken / "events/sensor.yaml", "eventName: environments", "eventName: ''")

    done = argo_events(broken)

    assert done.returncode == 1
    assert "must define the EventName" in done.stdout + done.stderr


@pytest.mark.parametrize("folder", KUSTOMIZATIONS)
def test_kubectl_builds_it(kubectl: Kubectl, folder: str) -> None:
    built = list(yaml.safe_load_all(kubectl("kustomize", str(ROOT / folder))))

    assert all(each["kind"] and each["metadata"]["name"] for each in built)
    assert folder == "infra/argo" or {"WorkflowTemplate", "Deployment"} <= {each["kind"] for each in built}
