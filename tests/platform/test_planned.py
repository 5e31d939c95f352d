"""What a change of the code does to the infrastructure is seen in a diff: planned/<root>.yaml, planned/<target>/<capability>.yaml."""

from pathlib import Path
from typing import Any

import pytest

from idp.capability import Capability
from tests.platform import planned
from tests.platform.ground import ROOTS
from tests.platform.requested import REQUESTED
from tests.platform.terraform import Terraform

NAMES = [*ROOTS, *(f"{target}/{capability.name}" for target, capability in REQUESTED)]


@pytest.mark.parametrize("root", ROOTS)
def test_a_root_makes_what_was_reviewed(plans: dict[str, Any], root: str) -> None:
    difference = planned.difference(root, planned.shown(plans, root))
    assert not difference, difference


@pytest.mark.parametrize(("target", "capability"), REQUESTED, ids=NAMES[len(ROOTS) :])
def test_a_target_makes_of_a_request_what_was_reviewed(
    terraform: Terraform, tmp_path: Path, target: str, capability: Capability
) -> None:
    now = planned.requested(tmp_path, terraform, target, capability)
    difference = planned.difference(f"{target}/{capability.name}", now)
    assert not difference, difference


def test_nothing_else_is_kept() -> None:
    kept = {str(path.relative_to(planned.FOLDER).with_suffix("")) for path in planned.FOLDER.rglob("*.yaml")}
    assert kept == set(NAMES)
