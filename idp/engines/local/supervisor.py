"""The supervisor: one small process per engine folder that runs the steps and outlives the server.

Run as `python -I -S supervisor.py FOLDER`; it imports the standard library alone. It listens on `FOLDER/supervisor.sock`,
says so by letting its first process end, and goes when no server is connected, no step is left and no fact is unwritten.

Lines of JSON in, from the server (a step is RUN/NODE):
    {"run": STEP, "argv": [...], "env": {...}, "cwd": "...", "grace": 30}
    {"watch": STEP}                     what became of a step of before?
    {"stop": STEP}                      SIGTERM to its process group, SIGKILL `grace` seconds later
Lines out: {"step": STEP, "started": true}, {"step": STEP, "code": N}, {"step": STEP, "lost": "why"}, {"step": STEP, "unknown": true}.

What it knows it appends to `FOLDER/runs/RUN/steps`, one line per fact: `NODE taken` before a step is started (so that none is ever
started twice), `NODE pid N TIME`, `NODE exit N`. Where the disk takes no `taken`, nothing is started; the other facts wait until it
does. What a step says goes to `FOLDER/runs/RUN/logs/NODE`, a file that is made when there is something to write: making files is
what a filesystem is slowest at.
"""

import contextlib
import fcntl
import json
import os
import selectors
import shutil
import signal
import socket
import sys
import time
from typing import Any

NOT_STARTED = 64
"""What Argo's emissary ends with where it cannot start the command."""
SIGNALLED = 128
"""What it adds to the number of the signal that the command died of."""
OPEN_RUNS = 32
"""So many runs' files stay open though none of their steps runs."""
ORPHAN_LOOK_SECONDS = 0.2
"""How often a process without a parent here is looked at; only where an earlier supervisor was killed."""
WRITE_AGAIN_SECONDS = 1.0
"""How long at most until what the disk did not take is written again."""
LOST = "The supervisor of the steps was killed while this one ran: how it ended cannot be known."


class Child:
    """A running step."""

    __slots__ = ("grace", "kill_at", "log", "pid", "pipe", "step")

    def __init__(self, step: str, pid: int, grace: float) -> None:
        self.step = step
        self.pid = pid
        self.grace = grace
        self.pipe = -1
        self.log = -1
        self.kill_at: float | None = None

    def signal(self, number: int) -> None:
        """Send to the whole process group: the step is the leader of its session."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)

    def stop(self) -> None:
        """SIGTERM now; `kill_at` says when SIGKILL is due."""
        if self.kill_at is None:
            self.kill_at = time.monotonic() + self.grace
            self.signal(signal.SIGTERM)


class Facts:
    """What is known of the steps of one run, and the file where that is."""

    def __init__(self, file: str) -> None:
        """Raises OSError."""
        self.descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        self.live = 0
        self.known: dict[str, list[str]] = {}
        self.unwritten = bytearray()
        with open(self.descriptor, "rb", closefd=False) as written:
            *lines, torn = written.read().split(b"\n")
        for node, *fact in filter(None, map(str.split, map(os.fsdecode, lines))):
            self.known[node] = fact
        if torn:  # a supervisor was killed before it wrote the rest: nothing followed from it
            os.ftruncate(self.descriptor, sum(len(line) + 1 for line in lines))

    def note(self, node: str, *fact: str) -> None:
        """One more fact. Raises OSError where the disk does not take it: then it is known, and waits for `flush`."""
        self.known[node] = list(fact)
        self.unwritten += f"{node} {' '.join(fact)}\n".encode()
        self.flush()

    def flush(self) -> None:
        """Write what waits. Raises OSError; what a full disk does not take stays, to be written next time."""
        while self.unwritten:
            del self.unwritten[: os.write(self.descriptor, self.unwritten)]


class Supervisor:
    """Everything the process knows; `serve` is its life."""

    def __init__(self, folder: str, listener: socket.socket) -> None:
        self.folder = folder
        self.listener = listener
        self.selector = selectors.DefaultSelector()
        self.children: dict[int, Child] = {}
        self.by_step: dict[str, Child] = {}
        self.orphans: dict[str, Child] = {}
        self.facts: dict[str, Facts] = {}
        self.behind: set[str] = set()
        self.server: socket.socket | None = None
        self.unread = b""
        self.begun: list[Child] = []
        self.null = os.open(os.devnull, os.O_RDONLY)
        self.had_server = False

    def serve(self) -> None:
        """Until nobody needs it any more."""
        wake = _wakeup_on_child()
        self.selector.register(self.listener, selectors.EVENT_READ, self.accept)
        self.selector.register(wake, selectors.EVENT_READ, lambda: self.reap(wake))
        give_up_at = time.monotonic() + 60.0
        while self.server or self.by_step or self.behind or (not self.had_server and time.monotonic() < give_up_at):
            for key, _ in self.selector.select(self.patience()):
                key.data()
            self.kill_what_is_due()
            self.look_at_orphans()
            if self.behind:
                self.catch_up()
            if self.begun:
                self.say_begun()

    def patience(self) -> float | None:
        """Seconds until something is due without anyone saying so."""
        due = (
            [child.kill_at - time.monotonic() for child in self.by_step.values() if child.kill_at]
            if self.by_step
            else []
        )
        if self.orphans:
            due.append(ORPHAN_LOOK_SECONDS)
        if self.behind:
            due.append(WRITE_AGAIN_SECONDS)
        if not self.had_server:
            due.append(1.0)
        return max(0.0, min(due)) if due else None

    # ---- the server

    def accept(self) -> None:
        """A new server takes the place of the old one: the folder's lock says there is one at a time."""
        server, _ = self.listener.accept()
        self.forget_server()
        self.server = server
        self.had_server = True
        self.selector.register(server, selectors.EVENT_READ, self.read)

    def forget_server(self) -> None:
        """The server is gone; steps run on."""
        if self.server:
            self.selector.unregister(self.server)
            self.server.close()
        self.server = None
        self.unread = b""

    def read(self) -> None:
        """Whole lines are orders; the rest waits for the next read."""
        assert self.server  # noqa: S101 - registered with its socket
        try:
            data = self.server.recv(1 << 18)
        except OSError:
            data = b""
        if not data:
            self.forget_server()
            return
        *lines, self.unread = (self.unread + data).split(b"\n")
        for line in lines:
            self.obey(json.loads(line))

    def obey(self, order: dict[str, Any]) -> None:
        """One order."""
        if "run" in order:
            self.run(order)
        elif "watch" in order:
            self.watch(order["watch"])
        elif child := self.by_step.get(order["stop"]):
            child.stop()

    def say(self, *news: dict[str, Any]) -> None:
        """To the server; what it misses it asks for when it comes back."""
        if self.server and news:
            try:
                self.server.sendall(b"".join(json.dumps(one).encode() + b"\n" for one in news))
            except OSError:
                self.forget_server()

    def say_begun(self) -> None:
        """An end is told at once, since others wait for it; a start when there is nothing else to do, unless it has ended."""
        begun, self.begun = self.begun, []
        self.say(*({"step": child.step, "started": True} for child in begun if child.pid in self.children))

    # ---- starting

    def run(self, order: dict[str, Any]) -> None:
        """Start a step, once and never again."""
        step = order["run"]
        child = Child(step, 0, order["grace"])
        try:
            facts, node = self.about(step)
        except OSError as error:
            self.explain(child, error)
            self.say({"step": step, "code": NOT_STARTED})
            return
        if node in facts.known:
            self.watch(step)
            return
        facts.live += 1
        try:
            self.note(step, "taken")
            theirs = self.listen_to(child)
            try:
                child.pid = self.spawn(order, theirs)
            finally:
                os.close(theirs)
        except (OSError, ValueError) as error:
            self.explain(child, error)
            self.ended(child, NOT_STARTED)
            return
        self.children[child.pid] = self.by_step[step] = child
        self.begun.append(child)
        with contextlib.suppress(OSError):
            self.note(step, "pid", str(child.pid), f"{time.time():.3f}")

    def listen_to(self, child: Child) -> int:
        """Make the pipe that the step speaks into. Raises OSError."""
        child.pipe, theirs = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        os.set_blocking(theirs, True)
        self.selector.register(child.pipe, selectors.EVENT_READ, lambda: self.hear(child))
        return theirs

    def explain(self, child: Child, error: Exception) -> None:
        """Why it is not started is all that its log says."""
        self.keep(child, f"{_reason(error)}\n".encode(errors="backslashreplace"))
        self.hang_up(child)

    def spawn(self, order: dict[str, Any], output: int) -> int:
        """The process: a session of its own, its folder, its environment and nothing else of ours.

        Raises OSError, ValueError.
        """
        name: str | None = order["argv"][0]
        os.chdir(order["cwd"])
        if "/" not in order["argv"][0]:
            name = shutil.which(order["argv"][0], path=order["env"].get("PATH", os.defpath))
        if name is None:  # in the words of Argo's emissary
            message = f'failed to find name in PATH: exec: "{order["argv"][0]}": executable file not found in $PATH'
            raise ValueError(message)
        return os.posix_spawn(
            name,
            order["argv"],
            order["env"],
            file_actions=[
                (os.POSIX_SPAWN_DUP2, self.null, 0),
                (os.POSIX_SPAWN_DUP2, output, 1),
                (os.POSIX_SPAWN_DUP2, output, 2),
            ],
            setsid=True,
            setsigmask=(),
            setsigdef=(signal.SIGPIPE, signal.SIGINT, signal.SIGHUP, signal.SIGTERM, signal.SIGCHLD),
        )

    def about(self, step: str) -> tuple[Facts, str]:
        """What is known of the step's run, and the step's name there. Raises OSError."""
        run, _, node = step.partition("/")
        if run not in self.facts:
            self.facts[run] = Facts(f"{self.folder}/runs/{run}/steps")
        return self.facts[run], node

    def note(self, step: str, *fact: str) -> None:
        """A fact of a step. Raises OSError where the disk does not take it: then it is written when there is room."""
        facts, node = self.about(step)
        try:
            facts.note(node, *fact)
        except OSError:
            self.behind.add(step.partition("/")[0])
            raise

    def catch_up(self) -> None:
        """Write what the disk did not take before."""
        for run in list(self.behind):
            with contextlib.suppress(OSError):
                self.facts[run].flush()
                self.behind.discard(run)
                self.let_go(run)

    # ---- steps of before

    def watch(self, step: str) -> None:
        """Tell of a step of before: it runs, it ended, nobody can know, or it never was."""
        try:
            facts, node = self.about(step)
        except OSError as error:
            self.say({"step": step, "lost": f"What is known of the step cannot be read: {error}"})
            return
        match facts.known.get(node):
            case None:
                self.say({"step": step, "unknown": True})
            case ["exit", code]:
                self.say({"step": step, "code": int(code)})
            case _ if step in self.by_step:
                self.say({"step": step, "started": True})
            case ["pid", pid, since] if _alive(int(pid), float(since)):
                facts.live += 1
                self.orphans[step] = self.by_step[step] = Child(step, int(pid), 30.0)
                self.orphans[step].stop()
            case _:
                self.say({"step": step, "lost": LOST})
        self.let_go(step)

    def look_at_orphans(self) -> None:
        """Children of a supervisor that was killed: nobody will learn their exit code, but none goes on unseen."""
        for step, orphan in list(self.orphans.items()):
            facts, node = self.about(step)
            if not _alive(orphan.pid, float(facts.known[node][2])):
                orphan.signal(signal.SIGKILL)
                del self.orphans[step], self.by_step[step]
                facts.live -= 1
                self.say({"step": step, "lost": LOST})
                self.let_go(step)

    def let_go(self, step: str) -> None:
        """Close the file of a run of which nothing runs, unless there are few: its next step may come at once."""
        run = step.partition("/")[0]
        if not self.facts[run].live and run not in self.behind and len(self.facts) > OPEN_RUNS:
            os.close(self.facts.pop(run).descriptor)

    # ---- running and ending

    def hear(self, child: Child) -> bool:
        """What the step says goes to its log; True while there may be more at once."""
        if child.pipe < 0:  # it ended earlier in this turn
            return False
        try:
            said = os.read(child.pipe, 1 << 16)
        except BlockingIOError:
            return False
        if not said:
            self.hang_up(child)
            return False
        self.keep(child, said)
        return True

    def keep(self, child: Child, said: bytes) -> None:
        """To the step's log, if the disk takes it: the step is more than its log."""
        try:
            self.write_down(child, said)
        except OSError as error:
            lost = f"{child.step}: {len(said)} bytes of its log are lost: {error}\n"
            with contextlib.suppress(OSError):
                os.write(2, lost.encode(errors="backslashreplace"))  # supervisor.log

    def hang_up(self, child: Child) -> None:
        """Listen no more."""
        if child.pipe >= 0:
            self.selector.unregister(child.pipe)
            os.close(child.pipe)
            child.pipe = -1
        if child.log >= 0:
            os.close(child.log)
            child.log = -1

    def write_down(self, child: Child, said: bytes) -> None:
        """To the step's log. Raises OSError."""
        if child.log < 0:
            run, _, node = child.step.partition("/")
            child.log = os.open(f"{self.folder}/runs/{run}/logs/{node}", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.write(child.log, said)

    def reap(self, wake: socket.socket) -> None:
        """Note every child that ended."""
        wake.recv(4096)
        with contextlib.suppress(ChildProcessError):
            while found := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                child = self.children.pop(found.si_pid)
                child.signal(signal.SIGKILL)  # a container's processes go with its first; its number is still taken
                os.waitpid(found.si_pid, 0)
                del self.by_step[child.step]
                self.ended(child, found.si_status + (0 if found.si_code == os.CLD_EXITED else SIGNALLED))

    def ended(self, child: Child, code: int) -> None:
        """The last words, then the exit code, to the disk first if it takes it."""
        while self.hear(child):
            pass
        self.hang_up(child)  # somebody in a session of its own may still hold the other end
        facts, _ = self.about(child.step)
        with contextlib.suppress(OSError):
            self.note(child.step, "exit", str(code))
        facts.live -= 1
        self.say({"step": child.step, "code": code})
        self.let_go(child.step)

    def kill_what_is_due(self) -> None:
        """The grace is over."""
        now = time.monotonic()
        for child in self.by_step.values():
            if child.kill_at is not None and child.kill_at <= now:
                child.signal(signal.SIGKILL)
                child.kill_at = now + 1.0


def _reason(error: Exception) -> str:
    said = str(error)
    return said if said.startswith("failed to ") else f"failed to start command: {said}"


def _alive(pid: int, since: float) -> bool:
    """Whether the process still is the one that was there at the time, and not a later one of the same number."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:  # noqa: PTH123 - as above
            state, *rest = file.read().rpartition(")")[2].split()
    except OSError:
        return False
    started = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME) + int(rest[18]) / os.sysconf("SC_CLK_TCK")
    return state not in "ZX" and started <= since + 1.0


def _wakeup_on_child() -> socket.socket:
    ours, theirs = socket.socketpair()
    os.set_blocking(ours.fileno(), False)
    os.set_blocking(theirs.fileno(), False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(theirs.detach(), warn_on_full_buffer=False)
    return ours


def main(folder: str) -> int:
    """Be the folder's supervisor, in a process of its own; 3 where there is one already."""
    os.chdir(folder)  # a socket's address is at most 107 bytes long: the folder's path may be longer
    lock = os.open("supervisor.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return 3
    listener = listening()
    if os.fork():
        return 0
    os.setsid()
    _let_go_of_the_terminal()
    Supervisor(folder, listener).serve()
    return 0


def listening() -> socket.socket:
    """The socket, in the folder where the process is."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink("supervisor.sock")  # noqa: PTH108 - no pathlib here
    listener = socket.socket(socket.AF_UNIX)
    listener.bind("supervisor.sock")
    listener.listen(4)
    return listener


def _let_go_of_the_terminal() -> None:
    """Nothing of the server's is held; a fault of our own ends in a file."""
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    errors = os.open("supervisor.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    null = os.open(os.devnull, os.O_RDWR)
    for target, source in ((0, null), (1, null), (2, errors)):
        os.dup2(source, target)


if __name__ == "__main__":
    sys.exit(main(os.path.realpath(sys.argv[1])))
