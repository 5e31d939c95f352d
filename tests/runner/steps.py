"""A run's steps, carried out as the engine would: a folder, an environment and the words."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from idp.events.wire import wire
from idp.runner.command import main
from idp.runner.digests import digest

ROOT = Path(__file__).resolve().parents[2]
SEARCHED = f"{Path(sys.executable).parent}:{os.environ['PATH']}"


@dataclass
class Run:
    """One request's run. `cloud` is the sandbox's folder, `api` the address that gives permits."""

    folder: Path
    cloud: Path
    capability: str
    request: Mapping[str, Any]
    api: str = "http://127.0.0.1:9"
    settings: dict[str, str] = field(default_factory=dict)
    number: int = 0

    def environment(self) -> dict[str, str]:
        token = self.folder / "token"
        token.write_text("a-token\n")
        return {
            "PATH": SEARCHED,
            "LANG": "C.UTF-8",
            "HOME": str(self.folder),
            "IDP_REQUEST": wire(self.request, limit=64 * 1024),
            "IDP_RUN": "a-run",
            "IDP_IMAGE": "runner:1",
            "IDP_TARGET": "sandbox",
            "IDP_STATE_BACKEND": json.dumps({"folder": str(self.cloud)}),
            "IDP_API_URL": self.api,
            "IDP_TOKEN_FILE": str(token),
            **self.settings,
        }

    def step(self, *words: str, plan: Path | None = None, settings: Mapping[str, str] | None = None) -> "Step":
        """Make the folder of a step, and what it is given."""
        self.number += 1
        work = self.folder / f"step-{self.number}"
        (work / "in").mkdir(parents=True)
        if plan:
            (work / "in" / "plan").write_bytes(plan.read_bytes())
        return Step(words, work, self.environment() | dict(settings or {}))

    def look(self, verb: str) -> "Step":
        return self.step("look", self.capability, verb).done()

    def change(self, looked: "Step", *words: str, **settings: str) -> "Step":
        """A changing step after `looked`."""
        planned = {"IDP_PLAN_SHA256": looked.left("plan-sha256"), "IDP_DIGEST": looked.left("digest")}
        return self.step(*words, plan=looked.work / "out" / "plan", settings=planned | settings)

    def playbook(self, step: str, state: str, **settings: str) -> "Step":
        """A playbook step, as if a plan had been looked at."""
        request = self.environment()["IDP_REQUEST"]
        planned = {"IDP_PLAN_SHA256": "0" * 64, "IDP_DIGEST": digest("0" * 64, "runner:1", request)}
        return self.step("playbook", self.capability, step, state, settings=planned | settings)

    def provisioned(self) -> "Step":
        """Through look and apply."""
        return self.change(self.look("provision"), "apply", self.capability).done()

    @property
    def world(self) -> list[str]:
        """All files of the pretend world."""
        world = self.cloud / "world"
        return sorted(str(path.relative_to(world)) for path in world.rglob("*") if path.is_file())


@dataclass
class Step:
    """One step: `words` in the folder `work`."""

    words: tuple[str, ...]
    work: Path
    environment: dict[str, str]
    code: int = 0

    def done(self, code: int = 0) -> "Step":
        """Carried out in this process, with the exit code that was expected."""
        before = dict(os.environ)
        os.environ.clear()
        os.environ.update({"PYTHONPATH": str(ROOT), **self.environment})
        try:
            self.code = main(self.words, environment=os.environ, work=self.work)
        finally:
            os.environ.clear()
            os.environ.update(before)
        assert self.code == code
        return self

    def started(self, *before: str) -> "subprocess.Popen[str]":
        """Carried out in a process of its own; `before` is a command that becomes it."""
        return subprocess.Popen(
            [*before, sys.executable, "-m", "idp.runner", *self.words],
            cwd=self.work,
            env={**_coverage(os.environ), **self.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def left(self, name: str) -> str:
        """A file in out/."""
        return (self.work / "out" / name).read_text()

    @property
    def summary(self) -> Any:
        return json.loads(self.left("summary"))


def _coverage(environment: Mapping[str, str]) -> dict[str, str]:
    """What coverage needs in a child, and Python to find the test's catalogues. Ansible is not measured: it takes long."""
    kept = {name: value for name, value in environment.items() if name.startswith("COV")}
    return {**kept, "PYTHONPATH": str(ROOT)}
