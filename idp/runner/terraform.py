"""Terraform, driven: one root, one state, one folder for what it writes. Raises StepError where it fails."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import Any, Final

from idp.errors import StepError
from idp.runner.locks import MayGo, lock_held
from idp.runner.processes import Ended, Processes
from idp.runner.terraform_program import terraform_environment

_LOCK_TIMEOUT: Final = "-lock-timeout=60s"
"""A run holds its resource's mutex, so a lock is held only by one that is just ending, or was left by one that has ended."""

_QUIETLY: Final = ("-input=false", "-no-color", "-compact-warnings")


@dataclass(frozen=True, kw_only=True)
class Terraform:
    """`root` is read only; `data` is the folder for what init and plan write; `backend` goes to init.

    `reaching` is what the target's environment needs. `may_go` says whether a lock that is in the way may be released.
    """

    program: Sequence[str]
    root: Path
    data: Path
    backend: Mapping[str, str]
    processes: Processes
    may_go: MayGo
    reaching: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        decided = terraform_environment(self.processes.environment, self.data)
        object.__setattr__(self, "environment", {**decided, **self.reaching})

    def init(self) -> None:
        """Each step is a new container: there is nothing initialised to build on."""
        backend = [f"-backend-config={name}={value}" for name, value in self.backend.items()]
        self._run("be initialised", "init", "-input=false", "-no-color", "-lockfile=readonly", *backend)

    def plan(self, saved: Path, variables: Path, *, destroy: bool = False, lock: bool = True) -> dict[str, Any]:
        """Save a plan, and return it as `show -json` tells it."""
        options = [f"-out={saved}", f"-var-file={variables}", *(["-destroy"] if destroy else [])]
        if lock:
            self._run_locking("plan", "plan", *_QUIETLY, *options)
        else:
            self._run("plan", "plan", *_QUIETLY, *options, "-lock=false")
        shown: dict[str, Any] = json.loads(self._read("show its plan", "show", "-json", "-no-color", str(saved)))
        return shown

    def apply(self, saved: Path) -> None:
        """Apply the saved plan, that and nothing else."""
        self._run_locking("apply the plan", "apply", *_QUIETLY, str(saved))

    def outputs(self) -> dict[str, Any]:
        """The outputs in the state that are not sensitive, by name."""
        said = json.loads(self._read("tell its outputs", "output", "-json", "-no-color"))
        return {name: output["value"] for name, output in said.items() if not output["sensitive"]}

    def is_empty(self) -> bool:
        """Whether there is nothing in the state any more."""
        return not self._read("list its state", "state", "list").strip()

    def _run_locking(self, what: str, word: str, *arguments: str) -> None:
        """Without its lock Terraform does nothing, so that it can be told again when the lock was released, or to wait."""
        ended = self._ended(word, "-lock-timeout=0s", *arguments)
        lock = lock_held(ended.tail) if ended.code else None
        if lock:
            if self.may_go(lock):
                self._run("release a lock", "force-unlock", "-force", lock.id)
            ended = self._ended(word, _LOCK_TIMEOUT, *arguments)
        _refuse_failure(what, ended)

    def _run(self, what: str, *arguments: str) -> None:
        _refuse_failure(what, self._ended(*arguments))

    def _ended(self, *arguments: str) -> Ended:
        return self.processes.run(self._command(arguments), folder=self.data, environment=self.environment)

    def _read(self, what: str, *arguments: str) -> bytes:
        code, stdout = self.processes.read(self._command(arguments), folder=self.data, environment=self.environment)
        if code != 0:
            message = f"Terraform could not {what} (exit code {code}); the log above says why."
            raise StepError(message)
        return stdout

    def _command(self, arguments: Sequence[str]) -> list[str]:
        return [*self.program, f"-chdir={self.root}", *arguments]


def _refuse_failure(what: str, ended: Ended) -> None:
    if ended.code != 0:
        raise StepError(_reason(what, ended))


def _reason(what: str, ended: Ended) -> str:
    """Terraform's first error, and what to do about the ones that are known."""
    lines = [line.lstrip("│╷╵ ").rstrip() for line in ended.tail]
    first = next((number for number, line in enumerate(lines) if line.startswith("Error: ")), None)
    if first is None:
        return f"Terraform could not {what}: exit code {ended.code}; the log has the rest."
    said = " ".join(lines[first:])  # an error's text is folded
    for known, move in _MOVES.items():
        if found := re.match(known, said):
            return f"Terraform could not {what}: {move.format(*found.groups())}"
    title = " ".join(takewhile(bool, lines[first:])).removeprefix("Error: ").rstrip(".")
    return f"Terraform could not {what}: {title}; the log has the rest."


_MOVES: Final = {
    r"Error: .*Saved plan is stale": (
        "the resource changed after it was planned, so the plan was not applied; ask again for a new plan."
    ),
    r"Error: .*Error acquiring the state lock": (
        "another run holds the lock of this resource's state; ask again when it has ended."
    ),
    r"Error: Failed to query available provider packages .*? provider (\S+): ": (
        "the provider {0} is not in this image as its lock names it, and no step downloads any; the platform team builds the"
        " image with it."
    ),
    r"Error: Provider dependency changes detected": (
        "the image has no lock for this root, or one that lacks a provider, so nothing says which packages are the right ones;"
        " the platform team builds the image anew."
    ),
    r"Error: Failed to install provider .* the local package for (\S+ \S+) doesn't match any of the checksums": (
        "the package of {0} is not the one that the image's lock names by its checksum, so it was not used; tell the platform team."
    ),
}
"""Of a whole error, from its start -> what is said instead."""
