"""Terraform, driven: which program, its errors, its outputs."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from idp.errors import StepError
from idp.runner import terraform_program as module
from idp.runner.processes import Processes
from idp.runner.terraform import Terraform
from idp.runner.terraform_program import LIBRARY, terraform_environment, terraform_program
from tests.runner.steps import Run


def _pretending(folder: Path, name: str, says: str) -> Path:
    folder.mkdir(exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\necho '{says}'\n")
    program.chmod(0o755)
    return program


def _version(version: str) -> str:
    return json.dumps({"terraform_version": version})


@pytest.mark.parametrize(
    ("programs", "chosen"),
    [
        ({"terraform": _version("1.11.0"), "tofu": _version("1.12.0")}, "terraform"),
        ({"terraform": _version("1.10.9"), "tofu": _version("1.11.0")}, "tofu"),
        ({"terraform": _version("2.0.1-beta1")}, "terraform"),
        ({"terraform": _version("1.5.7")}, None),
        ({"terraform": "Terraform v1.14.0"}, None),
        ({"terraform": '["1.14"]'}, None),
        ({}, None),
    ],
)
def test_the_first_that_is_new_enough_is_taken_and_else_the_library(
    tmp_path: Path, programs: dict[str, str], chosen: str | None
) -> None:
    path = tmp_path / "bin"
    for name, says in programs.items():
        _pretending(path, name, says)
    found = terraform_program(None, Processes({"PATH": str(path)}), tmp_path)
    assert found == ((str(path / chosen),) if chosen else LIBRARY)


def test_the_one_that_is_named_is_taken_or_none(tmp_path: Path) -> None:
    new = _pretending(tmp_path, "new", _version("1.12.3"))
    old = _pretending(tmp_path, "old", _version("1.9.8"))
    odd = _pretending(tmp_path, "odd", "hello")
    processes = Processes(os.environ)
    assert terraform_program(str(new), processes, tmp_path) == (str(new),)
    with pytest.raises(StepError, match=r"is 1\.9; from 1\.11 on is needed"):
        terraform_program(str(old), processes, tmp_path)
    with pytest.raises(StepError, match="is of unknown version"):
        terraform_program(str(odd), processes, tmp_path)


def test_without_any_terraform_the_next_move_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda _name: None)  # as if the extra `runner` were not installed
    with pytest.raises(StepError, match="install one of them"):
        terraform_program(None, Processes({"PATH": str(tmp_path)}), tmp_path)


def test_the_library_answers_as_the_program_does(tmp_path: Path) -> None:
    said = subprocess.run([*LIBRARY, "version", "-json"], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert json.loads(said.stdout)["terraform_version"].startswith("1.")
    failed = subprocess.run([*LIBRARY, "plan", "-nonsense"], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert failed.returncode == 1
    assert "-nonsense" in failed.stderr


def test_variables_of_the_surroundings_do_not_reach_terraform(tmp_path: Path) -> None:
    given = {"TF_VAR_team": "x", "TF_CLI_ARGS_plan": "-destroy", "TF_WORKSPACE": "w", "TF_LOG": "x", "PATH": "/bin"}
    assert terraform_environment(given, tmp_path) == {
        "TF_VAR_team": "",
        "TF_CLI_ARGS_plan": "",
        "TF_WORKSPACE": "",
        "TF_CLI_CONFIG_FILE": "",
        "TF_DATA_DIR": f"{tmp_path}/terraform-data",
        "TF_IN_AUTOMATION": "1",
        "TF_INPUT": "0",
        "CHECKPOINT_DISABLE": "1",
    }
    configured = tmp_path / "terraformrc"
    configured.touch()
    assert "TF_CLI_CONFIG_FILE" not in terraform_environment({"TF_CLI_CONFIG_FILE": str(configured)}, tmp_path)


@pytest.fixture
def terraform(tmp_path: Path) -> Terraform:
    root = tmp_path / "root"
    root.mkdir()
    (root / "main.tf").write_text(
        """
terraform {
  backend "local" {}
}
variable "size" { type = number }
resource "terraform_data" "x" { input = var.size }
output "size" { value = var.size }
output "password" {
  value     = "hunter2"
  sensitive = true
}
"""
    )
    processes = Processes(os.environ)
    return Terraform(
        program=terraform_program(None, processes, tmp_path),
        root=root,
        data=tmp_path,
        backend={"path": str(tmp_path / "state")},
        processes=processes,
        may_go=lambda _lock: False,
    )


def _variables(folder: Path, size: object) -> Path:
    file = folder / "v.json"
    file.write_text(json.dumps({"size": size}))
    return file


def test_a_plan_made_before_another_change_is_refused_with_the_next_move(terraform: Terraform, tmp_path: Path) -> None:
    terraform.init()
    terraform.plan(tmp_path / "old", _variables(tmp_path, 1))
    terraform.plan(tmp_path / "new", _variables(tmp_path, 2))
    terraform.apply(tmp_path / "new")
    with pytest.raises(StepError) as refused:
        terraform.apply(tmp_path / "old")
    assert str(refused.value) == (
        "Terraform could not apply the plan: the resource changed after it was planned, so the plan was not applied;"
        " ask again for a new plan."
    )
    assert terraform.outputs() == {"size": 2}, "no sensitive one"


def test_terraform_s_own_first_error_is_said(terraform: Terraform, tmp_path: Path) -> None:
    terraform.init()
    with pytest.raises(StepError, match=r"^Terraform could not plan: Invalid value for input variable; the log"):
        terraform.plan(tmp_path / "plan", _variables(tmp_path, "many"))
    with pytest.raises(StepError, match=r"^Terraform could not apply the plan: Failed to "):
        terraform.apply(tmp_path / "none")


def test_output_of_a_state_that_cannot_be_read_is_an_error(terraform: Terraform, tmp_path: Path) -> None:
    terraform.init()
    (tmp_path / "state").write_text("no state")
    with pytest.raises(StepError, match=r"could not tell its outputs \(exit code 1\)"):
        terraform.outputs()


def test_a_lock_that_is_held_is_waited_for_then_said(
    terraform: Terraform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("idp.runner.terraform._LOCK_TIMEOUT", "-lock-timeout=1s")
    terraform.init()
    holder = """
import fcntl, sys, time
file = open(sys.argv[1], "a")
fcntl.lockf(file, fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(60)
"""
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(tmp_path / "state")], stdout=subprocess.PIPE, text=True
    ) as held:
        assert held.stdout
        assert held.stdout.readline() == "held\n"
        with pytest.raises(StepError, match=r"^Terraform could not plan: another run holds the lock"):
            terraform.plan(tmp_path / "plan", _variables(tmp_path, 1))
        assert terraform.plan(tmp_path / "plan", _variables(tmp_path, 1), lock=False)["resource_changes"]
        held.kill()


def test_a_whole_run_needs_no_terraform_on_path(run: Callable[..., Run]) -> None:
    storage = run("storage", containers=["abc"])
    storage.settings["PATH"] = "/usr/bin:/bin"
    storage.provisioned()
    assert len(storage.world) == 1
    storage.change(storage.look("deprovision"), "destroy", "storage").done()
    assert storage.world == []
