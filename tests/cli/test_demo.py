"""The demo, whole, on a machine without Terraform; and how it ends when it cannot go on."""

import os
import signal
from pathlib import Path
from shutil import which

import pytest

from tests.cli.program import Program


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No Terraform on PATH, and a folder of our own for what is temporary."""
    kept = [folder for folder in os.environ["PATH"].split(":") if not which("terraform", path=folder)]
    monkeypatch.setenv("PATH", ":".join(kept))
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


def test_the_demo_shows_everything_and_leaves_nothing(idp: Program, bare: Path) -> None:
    assert which("terraform") is None

    process = idp.started("demo", IDP_PROGRAM="./run")
    shown, errors = process.communicate(timeout=180)

    assert process.returncode == 0, shown + errors
    for words in (
        "provision environments/payments/checkout: succeeded",
        "provision storage/payments/ledger: waits for an approver",
        "ada tries to approve it herself: Not allowed (403)",
        "grace approves the plan",
        "env-payments-checkout",
        "deprovision storage/payments/ledger: succeeded",
        "Terraform state payments/environments/checkout: 0 resources",
        "Terraform state payments/storage/ledger: 0 resources",
        "world: 0 files",
        "./run request environments",
    ):
        assert words in shown
    assert list(bare.iterdir()) == []


def test_interrupted_it_ends_what_runs_and_cleans_up(idp: Program, bare: Path) -> None:
    process = idp.started("demo", PYTHONUNBUFFERED="1")
    assert process.stdout
    for line in process.stdout:
        if "step look running" in line:
            break
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)

    assert process.returncode == 130
    assert list(bare.iterdir()) == []


def test_a_server_that_does_not_start_is_shown_with_its_log(
    idp: Program, bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")

    done = idp("demo", TMPDIR=str(bare))

    assert done.returncode == 1
    assert "The server did not start" in done.stderr
    assert "All of it is kept in " in done.stderr
