"""The fixtures of tests/infra, with Terraform in this process: for modules and roots without a provider."""

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from tests.platform.mutation.session import JUDGE, plans_of
from tests.platform.mutation.warm import called, concerned


@pytest.fixture(scope="session")
def program() -> tuple[str, ...]:
    message = "A mutant's judge starts no process."
    raise AssertionError(message)


@pytest.fixture
def terraform() -> Callable[..., "CompletedProcess[str]"]:
    return _called


@pytest.fixture
def outputs(tmp_path: Path) -> Callable[[Path], Any]:
    def planned(root: Path) -> Any:
        for arguments in (("init", "-input=false"), ("plan", "-input=false", f"-out={tmp_path}/plan")):
            done = _called(root, *arguments)
            assert done.returncode == 0, done.stderr
        shown = json.loads(_called(root, "show", "-json", f"{tmp_path}/plan").stdout)
        return {name: one["value"] for name, one in shown["planned_values"]["outputs"].items()}

    return planned


def _called(root: Path, *arguments: str) -> "CompletedProcess[str]":
    """Looks are no matter: a mutant may stand crooked."""
    if arguments[0] == "fmt":
        return CompletedProcess(list(arguments), 0, "", "")
    plans_of(JUDGE).calls.seen |= concerned(root)
    code, out, err = called(root, *arguments)
    return CompletedProcess(list(arguments), code, out, err)
