"""The modules' own tests (tests/*.tftest.hcl), and that none of their rules goes untested."""

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.platform.ground import INFRA, MODULES, ROOTS, Ground

FOLDERS = [f"modules/{name}" for name in MODULES] + [f"platform/{name}" for name in ROOTS]


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_modules_own_tests_pass(untouched: Ground, folder: str) -> None:
    where = untouched.folder / folder
    untouched.terraform(where, "init", "-backend=false", "-input=false")
    assert re.search(r"Success! [1-9]\d* passed, 0 failed\.", untouched.terraform(where, "test"))


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_validation_has_a_test_that_it_refuses(folder: str) -> None:
    rules = _validations(INFRA / folder / "variables.tf")
    refused = Counter(re.findall(r"expect_failures = \[var\.(\w+)\]", _tests(INFRA / folder)))
    assert {name: count for name, count in rules.items() if refused[name] < count} == {}


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_refusal_is_a_sentence(folder: str) -> None:
    messages = re.findall(r'error_message = "([^"]+)"', (INFRA / folder / "variables.tf").read_text())
    assert [each for each in messages if not re.fullmatch(r"[A-Za-z].* .*\.", each)] == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_variable_and_output_is_described(folder: str) -> None:
    for file in ("variables.tf", "outputs.tf"):
        text = (INFRA / folder / file).read_text()
        blocks = re.findall(r'^(?:variable|output) "(\w+)" \{\n(.*?)^\}', text, re.MULTILINE | re.DOTALL)
        assert blocks
        assert [name for name, body in blocks if not body.startswith("  description")] == []


def _validations(file: Path) -> Counter[str]:
    blocks = re.findall(r'^variable "(\w+)" \{\n(.*?)^\}', file.read_text(), re.MULTILINE | re.DOTALL)
    return Counter({name: body.count("  validation {") for name, body in blocks})


def _tests(folder: Path) -> str:
    return "".join(path.read_text() for path in (folder / "tests").glob("*.tftest.hcl"))
