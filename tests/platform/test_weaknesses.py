"""infra/weaknesses.md names places and tests that are there."""

import re
from pathlib import Path

import pytest

from tests.platform.ground import INFRA

TESTS = Path(__file__).parents[1]
PARTS = ("platform", "infra", "installation")
"""Of the tests, whose files have different names."""
ROWS = re.findall(r"^\| (.+?) \| (.+?) \| `(.+?)` \|$", (INFRA / "weaknesses.md").read_text(), re.MULTILINE)


def test_there_are_as_many_as_were_found() -> None:
    assert len(ROWS) == 25


@pytest.mark.parametrize(("weakness", "place", "test"), ROWS, ids=[row[0] for row in ROWS])
def test_each_has_a_place_and_a_test(weakness: str, place: str, test: str) -> None:
    assert weakness
    for path in re.findall(r"`([a-z-]+/[\w./-]+)`", place):
        assert (INFRA / path).exists() or (INFRA.parent / path).exists(), path
    file, name = test.split("::")
    (found,) = [TESTS / part / file for part in PARTS if (TESTS / part / file).exists()]
    assert re.search(rf"^def {name}\(", found.read_text(), re.MULTILINE)
