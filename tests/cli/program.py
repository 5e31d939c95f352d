"""`idp`, called in this process (a Python start costs more than most commands) or as one of its own."""

import io
import os
import subprocess
import sys
from dataclasses import dataclass

import pytest

from idp.cli import main


@dataclass(frozen=True, kw_only=True)
class Done:
    """How a call ended."""

    returncode: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Program:
    """With an environment, a folder and a configuration of its own; keywords are more environment."""

    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str, stdin: str = "", **environment: str) -> Done:
        self.capsys.readouterr()
        with self.monkeypatch.context() as patch:
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8"))
            for name, value in environment.items():
                patch.setenv(name, value)
            with pytest.raises(SystemExit) as end:
                main(list(arguments))
        captured = self.capsys.readouterr()
        return Done(returncode=int(end.value.code or 0), stdout=captured.out, stderr=captured.err)

    def started(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """As a process."""
        return subprocess.Popen(
            [sys.executable, "-m", "idp.cli", *arguments],
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
