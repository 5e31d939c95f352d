"""One platform and one git server for all these tests; each has a team and names of its own."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count

import pytest

from tests.applications import ground
from tests.applications.gits import GitServer, git_server
from tests.applications.ground import Platform


@pytest.fixture(scope="session")
def git(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitServer]:
    with git_server(tmp_path_factory.mktemp("git")) as server:
        yield server


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with ground.platform(tmp_path_factory.mktemp("platform")) as found:
        yield found


@pytest.fixture
def platform(served: Platform, numbers: Iterator[int]) -> Platform:
    """As a team of the test's own sees it."""
    return replace(served, team=f"team{next(numbers)}")


@pytest.fixture(scope="session")
def numbers() -> Iterator[int]:
    return count(1)
