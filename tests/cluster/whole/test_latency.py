"""How long until a request is a Workflow: measured, printed and not judged here, as machines are noisy."""

import os
import subprocess
import sys

import pytest

from idp import names
from tests.cluster.installed import ROOT, Platform
from tests.cluster.kubectl import Kubectl


def test_the_bench_of_the_cluster_runs(platform: Platform, kubectl: Kubectl, capfd: pytest.CaptureFixture[str]) -> None:
    token = platform.token("bench", teams=["bench"])
    command = [sys.executable, "bench/cluster.py", "--url", platform.url, "--token", token, "--bound-ms", "100000"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False, timeout=300)
    with capfd.disabled():
        sys.stdout.write(f"\n{done.stdout}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ms later (medians of 16)" in done.stdout
    kubectl("-n", names.NAMESPACE_ARGO, "rollout", "status", "deployment/workflow-controller", "--timeout=120s")
