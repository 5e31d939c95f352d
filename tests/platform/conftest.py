"""The stand-in, started once, and what is planned on it."""

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

INSTALLED = importlib.util.find_spec("pyvider") is not None
collect_ignore_glob = [] if INSTALLED else ["test_*.py"]
"""Said in the header of every run: tests/conftest.py."""

if INSTALLED:
    from tests.platform import ground as grounds
    from tests.platform.standin.schemas import schemas, used_types
    from tests.platform.standin.server import serving
    from tests.platform.terraform import Terraform

    @pytest.fixture(scope="session")
    def terraform() -> Iterator[Terraform]:
        """Real Terraform, whose providers are the stand-in."""
        with serving(schemas(used_types(grounds.INFRA))) as attach:
            yield Terraform(attach)

    @pytest.fixture(scope="session")
    def untouched(terraform: Terraform, tmp_path_factory: pytest.TempPathFactory) -> "grounds.Ground":
        """infra/ as it is, nothing applied."""
        return grounds.ground(tmp_path_factory.mktemp("untouched"), terraform)

    @pytest.fixture(scope="session")
    def plans(terraform: Terraform, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
        """Every root planned from zero and applied, in order: root -> its plan; `ground` -> where that was."""
        return grounds.applied(tmp_path_factory.mktemp("applied"), terraform)
