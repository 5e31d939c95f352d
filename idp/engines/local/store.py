"""What is on the disk: one folder per run with its journal, its steps' volumes and logs, and the supervisor's word on them.

A journal is lines of JSON: first the Workflow, then every state of a node or of the run, newest last. Creating a run and
deciding about it (resume, stop) are synced to the disk before anyone is told. The rest is written a moment later: a server
that is killed before finds it out again, from the exit codes and files that the steps left.
"""

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import structlog

_log = structlog.get_logger(__name__)

_NEW, _GONE = ".new-", ".gone-"


class Journal:
    """The open journal of one run. Lines wait until `flush`."""

    def __init__(self, file: Path) -> None:
        self._unwritten = bytearray()
        self._descriptor = os.open(file, os.O_WRONLY | os.O_APPEND)

    def note(self, record: Mapping[str, Any]) -> None:
        """Add a line, unless it waits already as the last."""
        line = json.dumps(record, separators=(",", ":")).encode() + b"\n"
        if not self._unwritten.endswith(line):
            self._unwritten += line

    def flush(self, *, sync: bool = False) -> None:
        """Write what waits. What a full disk does not take stays, to be written next time."""
        while self._unwritten:
            del self._unwritten[: os.write(self._descriptor, self._unwritten)]
        if sync:
            os.fsync(self._descriptor)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._descriptor)


class Store:
    """The folder of all runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def create(self, run: str, workflow: Mapping[str, Any]) -> None:
        """Put a new run on the disk, durably, or not at all."""
        new = self.folder / f"{_NEW}{run}"
        shutil.rmtree(new, ignore_errors=True)  # of an attempt for which the disk was full, say
        (new / "logs").mkdir(parents=True)
        (new / "journal").touch(mode=0o600, exist_ok=False)
        journal = Journal(new / "journal")
        try:
            journal.note({"workflow": workflow})
            journal.flush(sync=True)
        finally:
            journal.close()
        _sync(new)
        new.rename(self.folder / run)
        _sync(self.folder)

    def journal(self, run: str) -> Journal:
        """The run's journal, to write on."""
        return Journal(self.folder / run / "journal")

    def work(self, run: str, node: str) -> str:
        """The folder of a step's volumes; there is none where it has none."""
        return f"{self.folder}/{run}/work/{node}"

    def log(self, run: str, node: str) -> str:
        """The log of a step; there is none where it said nothing."""
        return f"{self.folder}/{run}/logs/{node}"

    def load(self) -> Iterator[list[dict[str, Any]]]:
        """The records of every run. What was half made or half deleted when the server was killed goes.

        A folder without a journal that says anything is nobody's work here: it is left as it is, and hinders no other run.
        """
        for folder in sorted(self.folder.iterdir()):
            if folder.name.startswith((_NEW, _GONE)):
                shutil.rmtree(folder, ignore_errors=True)
            elif records := list(_records(folder / "journal")):
                yield records
            else:
                _log.error("run_left_aside", folder=str(folder), reason="its journal has no whole line")

    def delete(self, run: str) -> None:
        """Remove a run: at once by its name, then file by file."""
        gone = self.folder / f"{_GONE}{run}"
        (self.folder / run).rename(gone)
        shutil.rmtree(gone, ignore_errors=True)


def _records(journal: Path) -> Iterator[dict[str, Any]]:
    try:
        *lines, torn = journal.read_bytes().split(b"\n")
    except (FileNotFoundError, NotADirectoryError):
        return
    for line in lines:
        yield json.loads(line)
    if lines and torn:  # the power went while it was written: what it said is found out again
        with journal.open("r+b") as file:
            file.truncate(sum(len(line) + 1 for line in lines))


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
