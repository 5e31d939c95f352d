"""What is left in an embedded server's data folder: Terraform's states and the files of the pretend world."""

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Sandbox:
    """The data folder of `idp serve` with the target `sandbox`."""

    folder: Path

    def states(self) -> dict[str, int]:
        """Resources in each Terraform state, by the state's key."""
        root = self.folder / "cloud" / "state"
        files = sorted(root.rglob("terraform.tfstate"))
        return {str(file.parent.relative_to(root)): len(json.loads(file.read_text())["resources"]) for file in files}

    def world(self) -> list[str]:
        """Every file of the pretend world."""
        root = self.folder / "cloud" / "world"
        return sorted(str(file.relative_to(root)) for file in root.rglob("*") if not file.is_dir())

    def described(self) -> str:
        """Both, counted."""
        states, world = self.states(), self.world()
        kept = sum(states.values())
        return f"{kept} resources in {len(states)} Terraform states, {len(world)} files in the sandbox's world"
