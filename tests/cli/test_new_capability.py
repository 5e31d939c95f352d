"""Adding a capability is one new file, one line, one module, one render: done here in a copy of the tree.

The file is the guide's own; the module is examples/a-new-capability. The copy's tests over the catalogue are unedited.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "adding-a-capability.md"
TESTS = ("tests/test_catalog.py", "tests/infra/test_parity.py")
MORE = ("tests/test_the_way_of_a_request.py", "tests/infra/test_code.py")
"""Of these, those about the new one: the others take long, and have not changed."""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    folder = tmp_path / "copy"
    for name in ("idp", "infra", "manifests", "tests", "docs", "examples"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", ".terraform", "cli"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def python(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """In the copy, whose package comes before the installed one."""
    environment = os.environ | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def add_queues(folder: Path) -> None:
    """Moves 1 to 3 of the guide."""
    (module,) = re.findall(r'```python\n("""Queues.*?)```', GUIDE.read_text("utf-8"), flags=re.DOTALL)
    (folder / "idp" / "capabilities" / "queues.py").write_text(module)
    catalog = folder / "idp" / "catalog.py"
    text = catalog.read_text("utf-8").replace("        configurations,\n", "        configurations,\n        queues,\n")
    catalog.write_text(
        text.replace(
            "from idp.capability import", "from idp.capabilities.queues import queues\nfrom idp.capability import"
        )
    )
    shutil.copytree(ROOT / "examples" / "a-new-capability", folder / "infra", dirs_exist_ok=True)


def test_four_moves_add_a_capability_and_the_catalogues_tests_cover_it(copy: Path) -> None:
    add_queues(copy)
    stale = python(copy, "-m", "idp.render", "--check")
    assert stale.returncode == 1
    assert "queues" in stale.stderr

    rendered = python(copy, "-m", "idp.render")
    assert rendered.returncode == 0, rendered.stderr
    assert python(copy, "-m", "idp.render", "--check").returncode == 0

    tested = python(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTS)
    assert tested.returncode == 0, tested.stdout
    about = python(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", *MORE, "-k", "queue")
    assert about.returncode == 0, about.stdout
    named = python(copy, "-m", "pytest", "-q", "--collect-only", "-p", "no:cacheprovider", *TESTS, "-k", "queues")
    assert "queues" in named.stdout


def test_a_field_without_its_variable_is_found_by_the_same_tests(copy: Path) -> None:
    add_queues(copy)
    module = copy / "idp" / "capabilities" / "queues.py"
    module.write_text(module.read_text("utf-8").replace("retention_days: int", "retention_weeks: int"))

    tested = python(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/infra/test_parity.py")

    assert tested.returncode == 1
    assert "retention_weeks" in tested.stdout
