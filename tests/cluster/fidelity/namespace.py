"""The namespace `fidelity`, and images for it."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.cluster.fidelity.templates import elsewhere, rendered
from tests.cluster.kubectl import Kubectl

NAMESPACE = "fidelity"


def ready(kubectl: Kubectl) -> str:
    """The namespace's name, once it has what idp-runs has."""
    kubectl("apply", "-f", str(Path(__file__).with_name("namespace.yaml")))
    files = ("runs/access.yaml", "runs/runner.yaml")
    kubectl.apply(*(elsewhere(manifest, NAMESPACE) for file in files for manifest in rendered(file)))
    return NAMESPACE


def built(folder: Path, tag: str) -> str:
    """The tag of the folder's image, built where the cluster's pods find it."""
    command = os.environ.get("IDP_TEST_IMAGE_BUILD")
    if not command:
        pytest.fail(
            "IDP_TEST_IMAGE_BUILD names no command: FOLDER TAG builds an image where the cluster's pods find it."
        )
    done = subprocess.run([*command.split(), str(folder), tag], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return tag
