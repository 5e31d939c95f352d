"""Programs that the runner starts, one at a time, and how they are stopped.

The runner owns signals: SIGTERM or SIGINT to it is passed on once, as SIGINT, to the program that runs, in a process
group of its own so that nobody interrupts it twice (Terraform loses its state then). The runner waits for it to end.
A program that can overlook an interrupt is run with `insist_after`: it and all of its process group are sent SIGTERM if
any of them still runs then, as one that it forked and that has not detached itself yet keeps its output open.
"""

import os
import signal
import subprocess
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Final

from idp.errors import StepError

_TAIL_LINES: Final = 400


class StoppedError(StepError):
    """The runner was told to stop."""


@dataclass(frozen=True)
class Ended:
    """How a program ended: its exit code, and the last lines it printed."""

    code: int
    tail: Sequence[str]


class Processes:
    """Starts programs with `environment`, less what is the runner's own, and what would change what git does."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = {name: value for name, value in environment.items() if not name.startswith(("IDP_", "GIT_"))}
        self._running: subprocess.Popen[bytes] | None = None
        self._insist_after: float | None = None
        self._starting = False
        self._stopped = False

    @contextmanager
    def owning_signals(self) -> Iterator[None]:
        """Within, SIGTERM and SIGINT end what runs, then the runner."""
        before = {number: signal.signal(number, self._stop) for number in (signal.SIGTERM, signal.SIGINT)}
        before[signal.SIGALRM] = signal.signal(signal.SIGALRM, self._insist)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def run(
        self,
        command: Sequence[str],
        *,
        folder: Path,
        environment: Mapping[str, str],
        insist_after: float | None = None,
    ) -> Ended:
        """Run to the end; each line goes to our stdout as it comes. `insist_after` is in seconds. Raises StoppedError."""
        self._insist_after = insist_after
        child = self._started(command, folder, environment, stderr=subprocess.STDOUT)
        tail: deque[str] = deque(maxlen=_TAIL_LINES)
        for line in child.stdout or ():
            text = line.decode(errors="replace").rstrip("\r\n")
            tail.append(text)
            print(text, flush=True)  # noqa: T201 - the step's log
        return Ended(self._ended(child, command), tuple(tail))

    def read(self, command: Sequence[str], *, folder: Path, environment: Mapping[str, str]) -> tuple[int, bytes]:
        """Run to the end and return exit code and stdout; stderr goes to our log. Raises StoppedError."""
        self._insist_after = None
        child = self._started(command, folder, environment, stderr=None)
        stdout = child.stdout.read() if child.stdout else b""
        return self._ended(child, command), stdout

    def _started(
        self, command: Sequence[str], folder: Path, environment: Mapping[str, str], *, stderr: int | None
    ) -> subprocess.Popen[bytes]:
        self._starting = True
        try:
            child = subprocess.Popen(  # noqa: S603 - no user's value is ever part of a command
                command,
                cwd=folder,
                env={**self.environment, **environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=stderr,
                process_group=0,
            )
            self._running = child
        except OSError as error:
            message = f"{command[0]} could not be started: {error.strerror}; the image must bring it."
            raise StepError(message) from error
        finally:
            self._starting = False
        if self._stopped:
            self._interrupt(child)
        return child

    def _ended(self, child: subprocess.Popen[bytes], command: Sequence[str]) -> int:
        with child:
            code = child.wait()
        self._running = None
        signal.setitimer(signal.ITIMER_REAL, 0)
        if self._stopped:
            message = f"stopped on request while {Path(command[0]).name} ran; it ended in order (exit code {code})."
            raise StoppedError(message)
        return code

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        if self._stopped:
            return
        self._stopped = True
        if self._running:
            self._interrupt(self._running)
        elif not self._starting:
            message = "stopped on request; nothing was running."
            raise StoppedError(message)

    def _interrupt(self, child: subprocess.Popen[bytes]) -> None:
        os.kill(child.pid, signal.SIGINT)  # a child not yet waited for keeps its number
        if self._insist_after is not None:
            signal.setitimer(signal.ITIMER_REAL, self._insist_after)

    def _insist(self, _number: int, _frame: FrameType | None) -> None:
        if self._running and self._running.returncode is None:  # its number, and so the group's, is still its own
            os.killpg(self._running.pid, signal.SIGTERM)
