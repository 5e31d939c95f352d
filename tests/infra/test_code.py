"""Terraform and Ansible code: formatted, valid, linted, and documented."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

INFRA = Path(__file__).resolve().parents[2] / "infra"
ANSIBLE = INFRA / "ansible"
SCRIPTS = Path(sys.executable).parent
Terraforming = Callable[..., "CompletedProcess[str]"]

FOLDERS = (
    *("catalog", "targets/sandbox", "targets/kubernetes"),
    *("modules/naming", "modules/record", "modules/sandbox-file", "modules/sizes"),
)
"""What needs no provider but Terraform's own."""

MODULES = sorted({file.parent for folder in FOLDERS for file in (INFRA / folder).rglob("*.tf")})


def _named(path: Path) -> str:
    return str(path.relative_to(INFRA))


@pytest.mark.parametrize("module", MODULES, ids=_named)
def test_each_module_is_formatted_valid_and_in_shape(module: Path, terraform: Terraforming) -> None:
    assert terraform(module, "fmt", "-check", "-diff").stdout == ""
    assert terraform(module, "init", "-backend=false", "-input=false").returncode == 0
    done = terraform(module, "validate", "-no-color")
    assert done.returncode == 0, done.stderr
    assert {"main.tf", "variables.tf", "terraform.tf", "outputs.tf"} <= {file.name for file in module.iterdir()}


@pytest.mark.parametrize("module", [m for m in MODULES if "targets" not in m.parts], ids=_named)
def test_each_module_says_what_it_is_for(module: Path) -> None:
    assert len((module / "README.md").read_text().splitlines()) > 2


def _ansible(program: str, *arguments: str, home: Path) -> "CompletedProcess[str]":
    environment = os.environ | {
        "ANSIBLE_CONFIG": str(ANSIBLE / "ansible.cfg"),
        "ANSIBLE_HOME": str(home),
        "HOME": str(home),
        "PATH": f"{SCRIPTS}:{os.environ['PATH']}",
    }
    command = [str(SCRIPTS / program), *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, env=environment, cwd=ANSIBLE)


def test_each_playbook_is_understood(tmp_path: Path) -> None:
    playbooks = [str(playbook) for playbook in sorted((ANSIBLE / "playbooks").glob("*.yml"))]
    done = _ansible("ansible-playbook", "--syntax-check", "-i", "inventories/sandbox.yml", *playbooks, home=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


def test_no_value_is_pasted_into_a_command() -> None:
    """Terraform code writes values of users into the environment of a command only."""
    for file in sorted(file for module in MODULES for file in module.glob("*.tf")):
        for number, line in enumerate(file.read_text().splitlines(), 1):
            if line.strip().startswith("command "):
                assert "${" not in line, f"{file}:{number}"
