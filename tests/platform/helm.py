"""Helm as a program, on our own charts: what they render with the values that Terraform gives them."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

KUBERNETES = "1.36.0"


def helm(*arguments: str) -> str:
    """Run it; gives what it printed. Raises AssertionError with its own words."""
    beside = Path(sys.executable).parent / "helm"
    program = str(beside) if beside.exists() else shutil.which("helm")
    assert program, "helm is missing: the dependency group `infra` brings it."
    done = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=60)  # noqa: PLW1510 - judged below
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def rendered(chart: Path, values: Path) -> list[dict[str, Any]]:
    """Every object of a chart."""
    text = helm("template", chart.name, str(chart), "--values", str(values), "--kube-version", KUBERNETES)
    return [each for each in yaml.safe_load_all(text) if each]
