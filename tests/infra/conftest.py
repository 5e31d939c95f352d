"""Terraform for tests, wherever it comes from."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from idp.runner.processes import Processes
from idp.runner.terraform_program import terraform_environment, terraform_program

Terraform = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """The Terraform that the runner would take."""
    return terraform_program(None, Processes(os.environ), tmp_path_factory.mktemp("program"))


@pytest.fixture
def terraform(program: tuple[str, ...], tmp_path: Path) -> Terraform:
    """`terraform(root, *arguments)`: what it writes goes to the test's folder."""
    environment = os.environ | terraform_environment(os.environ, tmp_path)

    def called(root: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [*program, f"-chdir={root}", *arguments]
        return subprocess.run(command, check=False, capture_output=True, text=True, env=environment, cwd=tmp_path)

    return called


@pytest.fixture
def outputs(terraform: Terraform, tmp_path: Path) -> Callable[[Path], Any]:
    """`outputs(root)`: the outputs of a root without resources, planned."""

    def planned(root: Path) -> Any:
        for arguments in (("init", "-input=false"), ("plan", "-input=false", f"-out={tmp_path}/plan")):
            done = terraform(root, *arguments)
            assert done.returncode == 0, done.stderr
        shown = json.loads(terraform(root, "show", "-json", f"{tmp_path}/plan").stdout)
        return {name: one["value"] for name, one in shown["planned_values"]["outputs"].items()}

    return planned
