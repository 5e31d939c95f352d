"""Ansible, driven: one playbook on the target's inventory, with what it changed."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from idp.capability import Capability, CapabilityRequest
from idp.errors import NotFoundError, StepError
from idp.runner.processes import Processes
from idp.runner.targets import Target
from idp.steps import Playbook, PlaybookChoice

_INSIST_AFTER: Final = 5.0
"""Ansible raises KeyboardInterrupt at an interrupt, and Python drops it if a worker is being forked at that moment."""


@dataclass(frozen=True)
class Played:
    """`changes` are tasks that changed something, or would have; `text` is the log, differences and all."""

    changes: int
    text: str


@dataclass(frozen=True, kw_only=True)
class Ansible:
    """`folder` is `infra/ansible`, read only; `work` takes what Ansible writes."""

    folder: Path
    target: Target
    work: Path
    processes: Processes

    def play(self, playbook: str, variables: str, *, preview: bool = False) -> Played:
        """Run the playbook, or only look what it would change. Raises StepError with the messages of failed tasks."""
        self.work.mkdir(parents=True, exist_ok=True)
        (self.work / "extra-vars.json").write_text(variables, encoding="utf-8")
        report = self.work / "changes.json"
        report.unlink(missing_ok=True)
        environment = self._environment() | {"IDP_CHANGES_FILE": str(report)}
        ended = self.processes.run(
            self._command(playbook, preview), folder=self.work, environment=environment, insist_after=_INSIST_AFTER
        )
        said = json.loads(report.read_text(encoding="utf-8")) if report.exists() else {}
        if ended.code != 0:
            raise StepError(_reason(playbook, ended.code, said))
        return Played(said["changes"], "\n".join(ended.tail))

    def _command(self, playbook: str, preview: bool) -> list[str]:  # noqa: FBT001 - passed on
        inventory = self.folder / "inventories" / f"{self.target.name}.yml"
        variables = f"@{self.work / 'extra-vars.json'}"
        program = [sys.executable, "-m", "ansible", "playbook", "--diff", *(["--check"] if preview else [])]
        return [*program, "-i", str(inventory), "-e", variables, str(self.folder / "playbooks" / f"{playbook}.yml")]

    def _environment(self) -> dict[str, str]:
        return {
            **self.target.environment,
            "ANSIBLE_CONFIG": str(self.folder / "ansible.cfg"),
            "ANSIBLE_HOME": str(self.work / "home"),
            "ANSIBLE_LOCAL_TEMP": str(self.work / "tmp"),
            "ANSIBLE_REMOTE_TEMP": str(self.work / "tmp"),
            "ANSIBLE_NOCOLOR": "1",
            "HOME": str(self.work),
            "LC_ALL": "C.UTF-8",  # Ansible refuses to start under a locale that is not UTF-8
            "PYTHONUNBUFFERED": "1",
        }


def playbook_steps(capability: Capability) -> tuple[Playbook | PlaybookChoice, ...]:
    """The capability's playbooks, in order."""
    return tuple(step for step in capability.steps if isinstance(step, (Playbook, PlaybookChoice)))


def playbook_step(capability: Capability, name: str) -> Playbook | PlaybookChoice:
    """The capability's playbook step of this name. Raises NotFoundError."""
    for step in playbook_steps(capability):
        if step.name == name:
            return step
    known = ", ".join(step.name for step in playbook_steps(capability)) or "none"
    message = f"Capability {capability.name} has no playbook step {name!r}; it has {known}."
    raise NotFoundError(message)


def chosen(step: Playbook | PlaybookChoice, request: CapabilityRequest) -> str:
    """The playbook to run; a choice was checked by the request's own type."""
    return step.playbook if isinstance(step, Playbook) else str(getattr(request, step.field))


def _reason(playbook: str, code: int, said: dict[str, Any]) -> str:
    if said.get("failures"):
        return f"Playbook {playbook} failed: {'; '.join(said['failures']).rstrip('.')}. The log has the rest."
    return f"Playbook {playbook} failed (exit code {code}); the log has the reason."
