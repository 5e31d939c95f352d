"""What a change of the code does to the infrastructure is seen in a diff: planned/<root>.yaml."""

from typing import Any

import pytest

from tests.platform import planned
from tests.platform.ground import ROOTS


@pytest.mark.parametrize("root", ROOTS)
def test_a_root_makes_what_was_reviewed(plans: dict[str, Any], root: str) -> None:
    difference = planned.difference(root, planned.shown(plans, root))
    assert not difference, difference


def test_nothing_else_is_kept() -> None:
    assert {path.stem for path in planned.FOLDER.glob("*.yaml")} == set(ROOTS)
