"""Terraform as a program, the one that the runner would take."""

import json
import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from idp.runner.processes import Processes
from idp.runner.terraform_program import terraform_program

_DROPPED = ("TF_CLI_CONFIG_FILE", "TF_DATA_DIR", "TF_LOG", "TF_WORKSPACE")


class TerraformError(AssertionError):
    """Terraform said no; its own words are the message."""


@dataclass(frozen=True)
class Terraform:
    """`attach`: the value of TF_REATTACH_PROVIDERS, by which the stand-in is found."""

    attach: str
    environment: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, folder: Path, *arguments: str, codes: tuple[int, ...] = (0,)) -> str:
        """Run it in a folder; gives what it printed. Raises TerraformError for any other exit code."""
        done = subprocess.run(  # noqa: PLW1510 - the code is judged below
            [*command(), *arguments], cwd=folder, env=self._environment(), capture_output=True, text=True, timeout=300
        )
        if done.returncode not in codes:
            message = f"terraform {' '.join(arguments)} in {folder.name}:\n{done.stdout}{done.stderr}"
            raise TerraformError(_plain(message))
        return _plain(done.stdout)

    def refused(self, folder: Path, *arguments: str) -> str:
        """Run it where it must fail; gives its words in one line, without the frame it draws."""
        try:
            self(folder, *arguments)
        except TerraformError as error:
            return " ".join(str(error).replace("│", " ").split())
        message = f"terraform {' '.join(arguments)} in {folder.name} was expected to fail."
        raise AssertionError(message)

    def plan(self, folder: Path, *arguments: str) -> dict[str, Any]:
        """A saved plan as `show -json` tells it."""
        self(folder, "plan", "-input=false", "-out=saved.plan", *arguments)
        shown: dict[str, Any] = json.loads(self(folder, "show", "-json", "saved.plan"))
        return shown

    def outputs(self, folder: Path) -> dict[str, Any]:
        """Outputs of an applied root, by name."""
        return {name: output["value"] for name, output in json.loads(self(folder, "output", "-json")).items()}

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in _DROPPED}
        ours = {"TF_REATTACH_PROVIDERS": self.attach, "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}
        return {**kept, **ours, **self.environment}


def resources(plan: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Address -> planned values of every resource, through all modules."""
    return dict(_resources(plan["planned_values"]["root_module"]))


def _resources(module: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    own = [(each["address"], each["values"]) for each in module.get("resources", []) if each["mode"] == "managed"]
    return own + [pair for child in module.get("child_modules", []) for pair in _resources(child)]


def _plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


@cache
def command() -> tuple[str, ...]:
    """Its first words."""
    with TemporaryDirectory() as work:
        return terraform_program(None, Processes(os.environ), Path(work))
