"""infra/weaknesses.md names places and tests that are there."""

import re
from pathlib import Path

import pytest

from tests.platform.ground import INFRA

HERE = Path(__file__).parent
ROWS = re.findall(r"^\| (.+?) \| (.+?) \| `(.+?)` \|$", (INFRA / "weaknesses.md").read_text(), re.MULTILINE)


def test_there_are_as_many_as_were_found() -> None:
    assert len(ROWS) == 18


@pytest.mark.parametrize(("weakness", "place", "test"), ROWS, ids=[row[0] for row in ROWS])
def test_each_has_a_place_and_a_test(weakness: str, place: str, test: str) -> None:
    assert weakness
    for path in re.findall(r"`([a-z-]+/[\w./-]+)`", place):
        assert (INFRA / path).exists(), path
    file, name = test.split("::")
    assert re.search(rf"^def {name}\(", (HERE / file).read_text(), re.MULTILINE)
