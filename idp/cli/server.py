"""`idp serve` as a process of its own, for the demo."""

import json
import os
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from idp.cli.errors import CliError

_START_SECONDS: Final = 60
_STOP_SECONDS: Final = 20


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """The address of a server on a free port that keeps everything in `folder`; its log is `server.log` there.

    Raises CliError, with the end of that log, where it does not start.
    """
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own program, its arguments are ours
            [sys.executable, "-m", "idp.cli", "--json", "serve", "--port", "0", "--data", str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            env={name: value for name, value in os.environ.items() if not name.startswith("IDP_")},
            # Ctrl-C is for the demo, which then ends the server in good order.
            start_new_session=True,
        )
    try:
        yield _address(process, folder)
    finally:
        _stopped(process)


def log_end(folder: Path, lines: int = 30) -> str:
    """The last lines of the server's log."""
    return "\n".join((folder / "server.log").read_text(errors="replace").splitlines()[-lines:])


def _address(process: subprocess.Popen[bytes], folder: Path) -> str:
    """What the server says when it listens: one line of JSON. Another line is the problem that keeps it from it."""
    stdout = process.stdout
    ready = stdout and select.select([stdout], [], [], _START_SECONDS)[0]
    line = stdout.readline() if stdout and ready else b""
    told = json.loads(line or "{}")
    if "url" not in told:
        message = f"The server did not start; its log is {folder / 'server.log'}:"
        raise CliError(message, lines=log_end(folder).splitlines())
    return str(told["url"])


def _stopped(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout:
        process.stdout.close()
