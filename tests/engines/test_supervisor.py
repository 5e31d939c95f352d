"""The supervisor by itself, spoken to as the server does."""

import json
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from idp.engines.local import supervisor
from tests.engines.watching import gone

ENVIRONMENT = {"PATH": "/usr/bin:/bin"}


class Server:
    """The other end of the line."""

    def __init__(self, folder: Path) -> None:
        self.line = socket.socket(socket.AF_UNIX)
        self.line.settimeout(20)
        os.chdir(folder)
        self.line.connect("supervisor.sock")
        self.news = self.line.makefile("r")

    def say(self, **order: Any) -> None:
        self.line.sendall(json.dumps(order).encode() + b"\n")

    def run(self, step: str, *argv: str, cwd: str = "/", grace: float = 30, env: dict[str, str] | None = None) -> None:
        self.say(run=step, argv=argv, env=env or ENVIRONMENT, cwd=cwd, grace=grace)

    def shell(self, step: str, text: str, grace: float = 30) -> None:
        self.run(step, "sh", "-c", text, grace=grace)

    def hear(self, step: str, *words: str) -> dict[str, Any]:
        """The next news of the step that has one of the words."""
        while line := self.news.readline():
            found: dict[str, Any] = json.loads(line)
            if found["step"] == step and any(word in found for word in words):
                return found
        raise AssertionError("the supervisor is gone")  # noqa: EM101, TRY003 - no message of ours

    def code(self, step: str) -> int:
        return int(self.hear(step, "code")["code"])

    def codes(self, *steps: str) -> dict[str, int]:
        """Of all of these, whichever ends first."""
        found: dict[str, int] = {}
        while found.keys() != set(steps) and (line := self.news.readline()):
            news = json.loads(line)
            if "code" in news:
                found[news["step"]] = news["code"]
        return found

    def close(self) -> None:
        self.news.close()
        self.line.close()


@contextmanager
def supervising(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    program = (sys.executable, "-m", "tests.engines.supervising", supervisor.__file__, str(folder))
    here = Path(__file__).parents[2]
    with (
        (folder / "supervisor.log").open("ab") as errors,
        subprocess.Popen(program, stdout=subprocess.PIPE, stderr=errors, cwd=here) as process,
    ):
        assert process.stdout
        assert process.stdout.readline() == b"listening\n"
        yield process


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs/r/logs").mkdir(parents=True)
    return tmp_path


@pytest.fixture
def server(folder: Path) -> Iterator[Server]:
    """A server whose supervisor goes when it goes."""
    with supervising(folder) as process:
        found = Server(folder)
        yield found
        found.close()
        assert process.wait(20) == 0


@contextmanager
def full(process: subprocess.Popen[bytes], folder: Path, room: int) -> Iterator[None]:
    """The supervisor's disk takes so many bytes of facts more."""
    size = (folder / "runs/r/steps").stat().st_size + room
    before = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, before)


@contextmanager
def no_more_files(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """The supervisor may open no more than it has open."""
    taken = {int(found.name) for found in Path(f"/proc/{process.pid}/fd").iterdir()}
    before = resource.prlimit(process.pid, resource.RLIMIT_NOFILE)
    free = min(set(range(len(taken) + 1)) - taken)
    resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (free, before[1]))
    try:
        yield
    finally:
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, before)


def log(folder: Path, node: str) -> str:
    return (folder / "runs/r/logs" / node).read_text()


def facts(folder: Path, node: str) -> list[str]:
    lines = (folder / "runs/r/steps").read_text().splitlines()
    return [line.split()[1] for line in lines if line.startswith(f"{node} ")]


def until(holds: Callable[[], bool]) -> None:
    patience = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < patience
        time.sleep(0.01)


def test_a_step_is_started_heard_and_its_exit_code_told(server: Server, folder: Path) -> None:
    server.shell("r/a", "echo out; echo err >&2; exit 3")
    assert server.code("r/a") == 3
    assert log(folder, "a") == "out\nerr\n"
    assert facts(folder, "a") == ["taken", "pid", "exit"]


def test_a_long_step_is_told_to_have_started(server: Server) -> None:
    server.shell("r/a", "exec sleep 60")
    assert server.hear("r/a", "started")["started"] is True
    server.say(stop="r/a")
    assert server.code("r/a") == supervisor.SIGNALLED + signal.SIGTERM


def test_a_silent_step_makes_no_file(server: Server, folder: Path) -> None:
    server.run("r/a", "true")
    assert server.code("r/a") == 0
    assert list((folder / "runs/r/logs").iterdir()) == []


def test_everything_that_is_said_is_kept_however_much(server: Server, folder: Path) -> None:
    server.shell("r/a", "yes 0123456789 | head -c 3000000")
    assert server.code("r/a") == 0
    assert (folder / "runs/r/logs/a").stat().st_size == 3000000


def test_a_step_is_never_started_twice(server: Server, folder: Path) -> None:
    for _ in range(3):
        server.shell("r/a", "echo ran")
    assert [server.code("r/a") for _ in range(1)] == [0]
    server.shell("r/a", "echo ran")
    assert server.code("r/a") == 0
    assert log(folder, "a") == "ran\n"


@pytest.mark.parametrize(
    ("argv", "cwd", "said"),
    [
        (("none",), "/", 'failed to find name in PATH: exec: "none": executable file not found in $PATH'),
        (("./none",), "/", "failed to start command: [Errno 2] No such file or directory: './none'"),
        (("true",), "/none", "failed to start command: [Errno 2] No such file or directory: '/none'"),
        (("true", "a\0b"), "/", "failed to start command: embedded null byte"),
    ],
)
def test_a_command_that_cannot_start_says_why(
    server: Server, folder: Path, argv: tuple[str, ...], cwd: str, said: str
) -> None:
    server.run("r/a", *argv, cwd=cwd)
    assert server.code("r/a") == supervisor.NOT_STARTED
    assert log(folder, "a").startswith(said)


def test_a_step_that_heeds_ends_as_it_likes_and_one_that_does_not_is_killed(server: Server, folder: Path) -> None:
    server.shell("r/a", "trap 'exit 5' TERM; echo ready; while :; do sleep 0.02; done")
    server.shell("r/b", "trap '' TERM; echo ready; while :; do sleep 0.02; done", grace=0.2)
    until(lambda: all((folder / "runs/r/logs" / node).exists() for node in "ab"))
    for step in ("r/a", "r/b", "r/b", "r/none"):
        server.say(stop=step)
    assert server.codes("r/a", "r/b") == {"r/a": 5, "r/b": supervisor.SIGNALLED + signal.SIGKILL}


def test_what_a_step_leaves_running_goes_with_it(server: Server, folder: Path) -> None:
    server.shell("r/a", f"(trap '' TERM HUP; exec sleep 60) & echo $! > {folder}/pid; exit 0")
    assert server.code("r/a") == 0
    pid = int((folder / "pid").read_text())
    until(lambda: gone(pid))


def test_who_escapes_into_a_session_of_its_own_holds_nothing_up(server: Server, folder: Path) -> None:
    escaped = "test $(cut -d ' ' -f 6 /proc/$!/stat) = $!"  # it leads its session
    server.shell("r/a", f"setsid sleep 60 & until {escaped}; do sleep 0.02; done; echo $! > {folder}/pid; echo said")
    assert server.code("r/a") == 0
    assert log(folder, "a") == "said\n"
    until(lambda: bool((folder / "pid").read_text()))
    os.kill(int((folder / "pid").read_text()), signal.SIGKILL)


def test_a_step_may_close_its_output_and_go_on(server: Server, folder: Path) -> None:
    server.shell("r/a", "echo said; exec >&- 2>&-; sleep 0.2; exit 4")
    assert server.code("r/a") == 4
    assert log(folder, "a") == "said\n"


def test_a_log_that_cannot_be_written_does_not_harm_the_step(server: Server, folder: Path) -> None:
    (folder / "runs/r/logs").rmdir()
    server.shell("r/a", "echo lost; exit 6")
    assert server.code("r/a") == 6
    assert "r/a: 5 bytes of its log are lost" in (folder / "supervisor.log").read_text()


def test_a_full_disk_harms_no_step_and_is_written_when_there_is_room(folder: Path) -> None:
    with supervising(folder) as process:
        server = Server(folder)
        server.shell("r/a", f"until test -e {folder}/go; do sleep 0.02; done")
        server.shell("r/b", "exec sleep 60")
        for step in ("r/a", "r/b"):
            server.hear(step, "started")
        before = (folder / "runs/r/steps").read_text()
        with full(process, folder, room=len("a ex")):
            (folder / "go").touch()
            assert server.code("r/a") == 0
            for _ in range(2):
                server.run("r/c", "touch", f"{folder}/ran")
                assert server.code("r/c") == supervisor.NOT_STARTED
            server.say(watch="r/b")
            assert server.hear("r/b", "started")
            assert (folder / "runs/r/steps").read_text() == f"{before}a ex"
        until(lambda: (folder / "runs/r/steps").read_text() == f"{before}a exit 0\nc taken\nc exit 64\n")
        assert log(folder, "c") == "failed to start command: [Errno 27] File too large\n"
        assert not (folder / "ran").exists()
        server.say(stop="r/b")
        assert server.code("r/b") == supervisor.SIGNALLED + signal.SIGTERM
        server.close()
        assert process.wait(20) == 0


def test_a_supervisor_stays_until_there_is_room_for_what_it_knows(folder: Path) -> None:
    with supervising(folder) as process:
        server = Server(folder)
        server.run("r/a", "true")
        server.code("r/a")
        with full(process, folder, room=len("b taken\n")):
            server.shell("r/b", "echo longer than the facts, so that it does not fit, either: " + "x" * 99)
            assert server.code("r/b") == 0
            server.close()
            time.sleep(0.2)
            assert process.poll() is None
            assert facts(folder, "b") == ["taken"]
        assert process.wait(20) == 0
    assert facts(folder, "b") == ["taken", "pid", "exit"]


def test_a_step_for_which_no_file_can_be_opened_is_not_started_and_no_other_is_harmed(folder: Path) -> None:
    (folder / "runs/other/logs").mkdir(parents=True)
    with supervising(folder) as process:
        server = Server(folder)
        server.shell("r/a", "exec sleep 60")
        server.hear("r/a", "started")
        with no_more_files(process):
            for step in ("r/b", "other/a"):
                server.run(step, "true")
                assert server.code(step) == supervisor.NOT_STARTED
            server.say(watch="other/a")
            assert "Too many open files" in server.hear("other/a", "lost")["lost"]
        assert facts(folder, "b") == ["taken", "exit"]
        server.run("other/a", "true")
        assert server.code("other/a") == 0
        server.say(stop="r/a")
        assert server.code("r/a") == supervisor.SIGNALLED + signal.SIGTERM
        server.close()
        assert process.wait(20) == 0


def test_facts_that_are_written_piece_by_piece_are_whole(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:3]))
    known = supervisor.Facts("runs/r/steps")
    known.note("a", "taken")
    known.note("a", "pid", "17", "1.0")
    os.close(known.descriptor)
    assert (folder / "runs/r/steps").read_text() == "a taken\na pid 17 1.0\n"


def test_a_torn_fact_is_none_and_the_next_is_not_glued_to_it(folder: Path) -> None:
    (folder / "runs/r/steps").write_text("a taken\n\nb taken\na exit 1")
    for fact in (["taken"], ["exit", "137"]):
        known = supervisor.Facts("runs/r/steps")
        assert known.known == {"a": fact, "b": ["taken"]}
        known.note("a", "exit", "137")
        os.close(known.descriptor)
    assert (folder / "runs/r/steps").read_text() == "a taken\n\nb taken\n" + "a exit 137\n" * 2


def test_orders_in_pieces_are_orders(server: Server) -> None:
    text = json.dumps({"run": "r/a", "argv": ["true"], "env": ENVIRONMENT, "cwd": "/", "grace": 1}).encode() + b"\n"
    for at in range(0, len(text), 7):
        server.line.sendall(text[at : at + 7])
        time.sleep(0.001)
    assert server.code("r/a") == 0


def test_a_server_that_goes_in_the_middle_harms_no_step(folder: Path) -> None:
    with supervising(folder) as process:
        server = Server(folder)
        for number in range(30):
            server.run(f"r/n{number}", "true")
        time.sleep(0.05)
        server.close()  # with news unread and orders under way
        assert process.wait(20) == 0
    lines = (folder / "runs/r/steps").read_text().splitlines()
    assert sum("exit 0" in line for line in lines) == sum("taken" in line for line in lines) > 0


def test_a_new_server_learns_what_became_of_the_steps(folder: Path) -> None:
    with supervising(folder) as process:
        first = Server(folder)
        first.run("r/done", "true")
        first.code("r/done")
        first.shell("r/long", "exec sleep 60")
        first.hear("r/long", "started")
        second = Server(folder)
        assert first.news.readline() == "", "the first is hung up"
        for step in ("r/done", "r/long", "r/none"):
            second.say(watch=step)
        assert second.code("r/done") == 0
        assert second.hear("r/long", "started")
        assert second.hear("r/none", "unknown")
        second.close()
        time.sleep(0.1)
        assert process.poll() is None, "a step still runs"
        third = Server(folder)
        third.say(stop="r/long")
        assert third.code("r/long") == supervisor.SIGNALLED + signal.SIGTERM
        third.close()
        assert process.wait(20) == 0
        first.close()


def test_a_step_that_ends_without_a_server_is_written_down(folder: Path) -> None:
    with supervising(folder) as process:
        server = Server(folder)
        server.shell("r/a", "sleep 0.3; exit 9")
        server.hear("r/a", "started")
        server.close()
        assert process.wait(20) == 0
    assert facts(folder, "a") == ["taken", "pid", "exit"]
    with supervising(folder) as process:
        server = Server(folder)
        server.say(watch="r/a")
        assert server.code("r/a") == 9
        server.close()
        assert process.wait(20) == 0


def test_the_next_supervisor_ends_what_a_killed_one_left_and_says_that_nobody_knows(folder: Path) -> None:
    with supervising(folder) as process:
        server = Server(folder)
        server.shell("r/a", "exec sleep 60")
        server.hear("r/a", "started")
        with (folder / "runs/r/steps").open("a") as steps:
            steps.write(f"taken taken\nother pid {os.getpid()} 1.0\nold pid 4194304 1.0\n")
        process.kill()
        server.close()
    with supervising(folder) as process:
        server = Server(folder)
        for step in ("r/taken", "r/other", "r/old", "r/a"):
            server.say(watch=step)
            assert server.hear(step, "lost")["lost"] == supervisor.LOST
        server.close()
        assert process.wait(20) == 0


def test_there_is_one_supervisor_per_folder(folder: Path) -> None:
    program = (sys.executable, "-I", "-S", supervisor.__file__, str(folder))
    assert subprocess.run(program, env={}, check=False).returncode == 0
    assert subprocess.run(program, env={}, check=False).returncode == 3
    server = Server(folder)
    server.run("r/a", "true")
    assert server.code("r/a") == 0
    server.close()


def test_it_needs_nothing_but_the_standard_library() -> None:
    code = f"import runpy; runpy.run_path({supervisor.__file__!r}); import sys; print('asyncio' in sys.modules, 'pydantic' in sys.modules)"
    assert (
        subprocess.run((sys.executable, "-I", "-S", "-c", code), capture_output=True, check=True, text=True).stdout
        == "False False\n"
    )
