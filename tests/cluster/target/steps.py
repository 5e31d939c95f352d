"""A run's steps on a cluster, each with the account that its pod would have."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.runner.steps import Run, Step

STATE: Final = "target-test-state"
RUNS: Final = "target-test-runs"

ACCOUNTS: Final = {
    "look": "look",
    "inspect": "look",
    "apply": "apply",
    "destroy": "apply",
    "playbook": "configure",
}
"""Word of the runner -> account."""


@dataclass
class OnCluster(Run):
    """`accounts`: account -> its kubeconfig. `collections`: where Ansible's are."""

    accounts: Mapping[str, Path] = field(default_factory=dict)
    collections: Path = Path()

    def environment(self) -> dict[str, str]:
        return super().environment() | {
            "IDP_TARGET": "kubernetes",
            "ANSIBLE_COLLECTIONS_PATH": str(self.collections),
            **self.settings,
        }

    def step(self, *words: str, plan: Path | None = None, settings: Mapping[str, str] | None = None) -> Step:
        """As the word's account."""
        backend = {"namespace": STATE, "config_path": str(self.accounts[ACCOUNTS[words[0]]])}
        given: dict[str, str] = {"IDP_STATE_BACKEND": json.dumps(backend), **(settings or {})}
        return super().step(*words, plan=plan, settings=given)

    def made(self) -> dict[str, Any]:
        """Through look, apply and playbook; the outputs."""
        applied = self.provisioned()
        outputs = applied.left("outputs")
        self.playbook("playbook-environment", "present", IDP_OUTPUTS=outputs).done()
        found: dict[str, Any] = json.loads(outputs)
        return found

    def removed(self) -> None:
        """Through look, playbook and destroy."""
        looked = self.look("deprovision")
        self.playbook("playbook-environment", "absent").done()
        self.change(looked, "destroy", "environments").done()
