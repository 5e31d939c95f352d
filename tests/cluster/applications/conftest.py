"""Applications on a cluster that has Gitea, a registry, Argo CD and Argo Rollouts: IDP_TEST_APPLICATIONS=1 says that it has."""

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from secrets import token_hex

import pytest

from tests.cluster.applications import lives
from tests.cluster.applications.ground import Delivery, Forge, Shop, forge
from tests.cluster.installed import Platform, applications
from tests.cluster.kubectl import Kubectl
from tests.cluster.whole.asking import people

TEAM = f"delivery{token_hex(2)}"
"""Another each time: what an earlier one left is not ours."""
LIVES = (lives.pull_request, lives.unfit_versions, lives.settings_and_what_does_not_build)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without them nothing here runs, and each says why."""
    if applications():
        return
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(
                pytest.mark.skip(reason="needs Gitea, a registry and Argo CD: IDP_TEST_APPLICATIONS is not 1")
            )


@pytest.fixture(scope="session")
def gitea(kubectl: Kubectl) -> Forge:
    """The git server, with the platform's own repository."""
    return forge(kubectl)


@pytest.fixture(scope="session")
def delivery(platform: Platform, kubectl: Kubectl, gitea: Forge) -> Iterator[Delivery]:
    """A team with an environment of each stage."""
    with people(platform, TEAM) as (ada, grace):
        found = Delivery(platform, kubectl, gitea, TEAM, ada, grace)
        found.environments({"checkout": "dev", "rehearsal": "staging", "live": "prod"})
        yield found


@pytest.fixture(scope="session")
def at_once(delivery: Delivery) -> Iterator[Mapping[str, "Future[None]"]]:
    """Begun together: each takes minutes, most of which is waiting. Their tests are `test_side_by_side`."""
    with ThreadPoolExecutor() as pool:
        yield {life.__name__: pool.submit(life, delivery) for life in LIVES}


@pytest.fixture(scope="session")
def shop(delivery: Delivery) -> Shop:
    """Placed in an environment of each stage; its branches are `main` for dev and `release` for staging."""
    placements = {"checkout": "main", "rehearsal": "release", "live": None}
    repository = delivery.application("shop", placements, stage="prod")
    older, newer = (delivery.pushed(repository, "shop", "checkout", {"page": page}) for page in ("first", "second"))
    return Shop(repository, older, newer)
