"""A worker with all that it needs: a copy of the repository, the stand-in, and the process that judges (`session`)."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from select import select
from typing import Any

from tests.platform.mutation.kinds import Mutant
from tests.platform.standin.schemas import schemas, used_types
from tests.platform.standin.server import serving

REPOSITORY = Path(__file__).parents[3]
_CONFTESTS = {
    "tests/platform/conftest.py": "from tests.platform.mutation.session import plans, terraform, untouched  # noqa: F401\n",
    "tests/infra/conftest.py": "from tests.platform.mutation.bare import outputs, program, terraform  # noqa: F401\n",
}
"""Fixtures of a worker in the place of the ordinary ones."""

LONGEST_SECONDS = 180
"""For one mutant; all of them together take less on a quiet machine."""


class LostError(RuntimeError):
    """The worker ended, or answers no more."""


class Worker:
    """Judges one mutant after the other."""

    def __init__(self, process: "subprocess.Popen[bytes]", mutants: Any, answers: Any, log: Path) -> None:
        self._process, self._mutants, self._answers, self._log = process, mutants, answers, log
        self.ready = self._answer(1800)

    def judged(self, mutant: Mutant, text: str) -> dict[str, Any]:
        """`by`: the test that noticed it, or None; and how long it took. Raises LostError."""
        self._mutants.write(json.dumps({"file": mutant.file, "text": mutant.applied(text)}) + "\n")
        self._mutants.flush()
        return self._answer(LONGEST_SECONDS)

    def _answer(self, seconds: float) -> dict[str, Any]:
        ready, _, _ = select([self._answers], [], [], seconds)
        line = self._answers.readline() if ready else ""
        if not line:
            said = self._log.read_text(errors="replace")[-3000:]
            message = f"A worker {'ended' if ready else f'did not answer within {seconds} s'}; it said last:\n{said}"
            raise LostError(message)
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextmanager
def copied(repository: Path = REPOSITORY) -> Iterator[Path]:
    """A copy of what judges and of what is judged."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as name:
        folder = Path(name)
        ignored = shutil.ignore_patterns(".terraform*", "*.tfstate*", "__pycache__", "cluster")
        for source in (each for each in repository.iterdir() if not each.name.startswith(".")):
            if source.is_dir():
                shutil.copytree(source, folder / source.name, ignore=ignored)
            else:
                shutil.copy(source, folder / source.name)
        for path, text in _CONFTESTS.items():
            (folder / path).write_text(text)
        yield folder


@contextmanager
def working(folder: Path) -> Iterator[Worker]:
    """A worker in a copy."""
    with serving(schemas(used_types(folder / "infra"))) as attach, (folder / "log").open("wb") as log:
        to_read, to_write = os.pipe()
        answers_read, answers_write = os.pipe()
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.platform.mutation.session"],
            cwd=folder,
            env=_environment(attach, to_read, answers_write),
            pass_fds=(to_read, answers_write),
            stdout=log,
            stderr=log,
        )
        os.close(to_read)
        os.close(answers_write)
        try:
            with os.fdopen(to_write, "w") as mutants, os.fdopen(answers_read) as answers:
                yield Worker(process, mutants, answers, folder / "log")
        finally:
            process.kill()
            process.wait()


def _environment(attach: str, mutants: int, answers: int) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TF_", "PYTEST_"))}
    ours = {
        "CHECKPOINT_DISABLE": "1",
        "GOGC": "400",
        "IDP_ANSWERS": str(answers),
        "IDP_MUTANTS": str(mutants),
        "PYTHONDONTWRITEBYTECODE": "1",
        "TF_IN_AUTOMATION": "1",
        "TF_REATTACH_PROVIDERS": attach,
    }
    return {**kept, **ours, "PYTHONPATH": str(kept.get("PYTHONPATH", ""))}
