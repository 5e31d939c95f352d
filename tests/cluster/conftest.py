"""Tests against a real cluster: the one that KUBECONFIG names. Its own commands are named by the environment too:

IDP_TEST_IMAGE_BUILD          FOLDER TAG [-f DOCKERFILE] [--build-arg K=V]...: build an image where pods find it
IDP_TEST_OVERLAY              folder of tests/cluster/overlays, or a path (default: kind)
IDP_TEST_ARGO, IDP_TEST_ARGO_EVENTS   the programs, where they are not in PATH: they lint the manifests
IDP_TEST_APPLICATIONS         1: it has Gitea, a registry, Argo CD and Argo Rollouts (overlay harness-applications)
IDP_TEST_API_SERVER_RESTART   kill the API server and start it again (one test; without it that test says so)
"""

import os
import time
from collections import Counter

import pytest

from tests.cluster import figures
from tests.cluster.installed import Platform, installed
from tests.cluster.kubectl import Kubectl


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a cluster nothing here runs, and each says why."""
    if os.environ.get("KUBECONFIG"):
        return
    for item in items:
        item.add_marker(pytest.mark.skip(reason="needs a cluster: KUBECONFIG is not set (./run cluster-tests)"))


@pytest.fixture(scope="session")
def kubectl() -> Kubectl:
    """The cluster, as its administrator."""
    return Kubectl()


@pytest.fixture(scope="session")
def platform(kubectl: Kubectl) -> Platform:
    """The whole of idp, installed once for all tests that need it."""
    begun = time.monotonic()
    found = installed(kubectl)
    figures.said("idp installed, with the images built", {"whole": time.monotonic() - begun})
    return found


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was measured, and how long each part of the suite took; the first has the installation in it."""
    if not figures.LINES:
        return
    parts: Counter[str] = Counter()
    for report in (each for kind in ("passed", "failed", "error", "") for each in terminalreporter.getreports(kind)):
        parts["/".join(report.nodeid.split("/")[:3])] += report.duration
    figures.said("the suite's parts, in seconds", parts)
    terminalreporter.section("figures")
    for line in figures.LINES:
        terminalreporter.line(line)
