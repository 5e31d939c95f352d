"""One place in the cluster for all tests of the engine."""

from collections.abc import Iterator

import pytest

from tests.cluster.engine import place as places
from tests.cluster.kubectl import Kubectl


@pytest.fixture(scope="session")
def place(kubectl: Kubectl, tmp_path_factory: pytest.TempPathFactory) -> Iterator[places.Place]:
    """Ready for events."""
    with places.place(kubectl, tmp_path_factory.mktemp("place")) as made:
        yield made
