"""idp as a company would have it: everything in the cluster, and people who only know the API."""

import pytest

from tests.cluster.installed import Platform, installed
from tests.cluster.kubectl import Kubectl


@pytest.fixture(scope="session")
def platform(kubectl: Kubectl) -> Platform:
    """Installed once for all of these tests."""
    return installed(kubectl)
