"""The whole of infra/ in a folder of its own, ready to be planned and applied without Azure."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.platform.terraform import Terraform

INFRA = Path(__file__).parents[2] / "infra"
MANIFESTS = Path(__file__).parents[2] / "manifests"
OVERLAY = INFRA / "overlays" / "azure"
ROOTS = ("bootstrap", "network", "aks", "tools")
MODULES = (
    "aks",
    "container-registry",
    "dns-zone",
    "entra-application",
    "identity",
    "key-vault",
    "network",
    "observability",
    "postgresql-server",
    "private-endpoint",
    "release",
    "sizes",
    "state-account",
)
HANDOVERS = {"bootstrap": ("network", "aks"), "network": ("aks", "tools"), "aks": ("tools",), "tools": ()}
"""root -> the roots that are told its output `for_<root>`, as docs/guides/azure.md does it."""

_LOCAL_BACKEND = 'terraform {\n  backend "local" {}\n}\n'


@dataclass(frozen=True)
class Ground:
    """`folder` holds the copy of infra/."""

    folder: Path
    terraform: Terraform

    def root(self, name: str) -> Path:
        """Folder of a root, with its state beside it."""
        return self.folder / "platform" / name

    def module(self, name: str) -> Path:
        """Folder of a module."""
        return self.folder / "modules" / name

    def init(self, name: str) -> None:
        """Make a root ready: with the values of its example, and a state on disk."""
        folder = self.root(name)
        (folder / "backend_override.tf").write_text(_LOCAL_BACKEND)
        shutil.copy(folder / "terraform.tfvars.example", folder / "terraform.tfvars")
        self.terraform(folder, "init", "-input=false")

    def apply(self, name: str) -> None:
        """Apply a root, and tell the next ones what they need to know."""
        self.terraform(self.root(name), "apply", "-input=false", "-auto-approve")
        outputs = self.terraform.outputs(self.root(name))
        for receiver in HANDOVERS[name]:
            self._hand_over(outputs[f"for_{receiver}"], self.root(receiver) / f"{name}.auto.tfvars.json")

    def _hand_over(self, values: dict[str, Any], file: Path) -> None:
        file.write_text(json.dumps(values))


def ground(folder: Path, terraform: Terraform) -> Ground:
    """A fresh copy. What protects the state, the zone and the ledger from destruction is lifted, as the guide for teardown does."""
    for part in ("modules", "platform", "charts", "values"):
        shutil.copytree(INFRA / part, folder / part, ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*"))
    for path in folder.rglob("*.tf"):
        path.write_text(path.read_text().replace("prevent_destroy = true", "prevent_destroy = false"))
    return Ground(folder, terraform)


def applied(folder: Path, terraform: Terraform) -> dict[str, Any]:
    """Every root planned from zero and applied, in order: root -> its plan; `ground` -> where that was."""
    where = ground(folder, terraform)
    planned: dict[str, Any] = {"ground": where}
    for root in ROOTS:
        where.init(root)
        planned[root] = terraform.plan(where.root(root))
        where.apply(root)
    return planned
