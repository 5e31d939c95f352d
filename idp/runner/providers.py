"""Terraform's providers come with the image: packages in a mirror on disk, and their checksums in locks. No step downloads any.

FOLDER/mirror/<host>/<namespace>/<type>/<version>/<platform>/   packages, as Terraform's `filesystem_mirror` wants them
FOLDER/locks/<target>/<module>.hcl                             what the root of that name may use

`python -m idp.runner.mirror` fills such a folder when the image is built. A root that uses no provider has no lock.
"""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from idp.runner.assignment import Assignment

MIRROR: Final = "mirror"
LOCK: Final = ".terraform.lock.hcl"


def installation(method: str, **settings: str) -> str:
    """Text of a Terraform configuration with one way to install providers, and so no other."""
    lines = "".join(f"    {name} = {_quoted(value)}\n" for name, value in settings.items())
    return f"provider_installation {{\n  {method} {{\n{lines}  }}\n}}\n"


def lock_of(folder: Path, target: str, module: str) -> Path:
    """Where the lock of a root is."""
    return folder / "locks" / target / f"{module}.hcl"


def from_the_mirror(assigned: Assignment) -> Mapping[str, str]:
    """What Terraform's environment needs to take providers from the mirror, and from nowhere else."""
    mirror = _folder(assigned) / MIRROR
    if not mirror.is_dir():
        mirror = assigned.work / "no-providers"  # Terraform wants a folder to look into
        mirror.mkdir(exist_ok=True)
    file = assigned.work / "terraform.rc"
    file.write_text(installation("filesystem_mirror", path=str(mirror)), encoding="utf-8")
    return {"TF_CLI_CONFIG_FILE": str(file)}


def locked_root(assigned: Assignment, module: str) -> Path:
    """The module's root. One that has a lock is copied to where the lock can lie beside it: Terraform looks nowhere else."""
    root = assigned.infra / "targets" / assigned.target.name / module
    lock = lock_of(_folder(assigned), assigned.target.name, module)
    if not lock.is_file():
        return root
    around = assigned.work / "infra"
    copied = around / "targets" / assigned.target.name / module
    shutil.copytree(root, copied)
    shutil.copy(lock, copied / LOCK)
    for part in ("catalog", "modules"):
        (around / part).symlink_to(assigned.infra / part)
    return copied


def _folder(assigned: Assignment) -> Path:
    return (assigned.settings.providers or assigned.infra / "providers").resolve()


def _quoted(text: str) -> str:
    return json.dumps(text).replace("${", "$${").replace("%{", "%%{")
