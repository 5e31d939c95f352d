"""Fill a folder with the providers that the targets' roots use: `python -m idp.runner.mirror SOURCE FOLDER`.

SOURCE: `registry` asks each provider's own registry, whose signatures Terraform checks; an address that starts with https:// is
a network mirror; `none` fills nothing, for images of targets that need no provider; else it is a folder laid out as
`filesystem_mirror`. FOLDER is filled as idp.runner.providers says. Run when the runner's image is built; IDP_INFRA names
another infra/ than the one that is installed.
"""

import os
import platform
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from idp.errors import IdpError, StepError
from idp.runner.processes import Processes
from idp.runner.providers import LOCK, MIRROR, installation, lock_of
from idp.runner.terraform_program import terraform_environment, terraform_program
from idp.settings import ROOT


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """The exit code."""
    if len(arguments) != 2:  # noqa: PLR2004 - as the first line says
        print("Usage: python -m idp.runner.mirror registry|none|https://MIRROR/|FOLDER FOLDER", file=sys.stderr)  # noqa: T201 - a program
        return 2
    source, folder = arguments
    try:
        locks = filled(source, Path(folder), Path(environment.get("IDP_INFRA", ROOT / "infra")), Processes(environment))
    except IdpError as error:
        print(f"idp: {error}", file=sys.stderr)  # noqa: T201 - a program
        return 1
    print(f"{len(locks)} roots with providers: {', '.join(locks) or 'none'}")  # noqa: T201 - a program
    return 0


def filled(source: str, folder: Path, infra: Path, processes: Processes) -> list[str]:
    """Returns `<target>/<module>` of each root that has a lock now. Raises StepError."""
    (folder / MIRROR).mkdir(parents=True, exist_ok=True)
    if source == "none":
        return []
    with TemporaryDirectory() as scratch:
        return _filled(_configuration(source), folder.resolve(), infra.resolve(), processes, Path(scratch))


def _configuration(source: str) -> str:
    if source == "registry":
        return installation("direct")
    if source.startswith("https://"):
        return installation("network_mirror", url=source)
    if not Path(source).is_dir():
        message = (
            f"There is no folder {source} with providers; name one, `registry`, `none` or an address with https://."
        )
        raise StepError(message)
    return installation("filesystem_mirror", path=str(Path(source).resolve()))


def _filled(configuration: str, folder: Path, infra: Path, processes: Processes, scratch: Path) -> list[str]:
    """Terraform's own cache has the layout of a mirror; of what was a folder there it has links, which are followed."""
    cache = scratch / "cache"
    cache.mkdir()
    rc = scratch / "terraform.rc"
    rc.write_text(configuration, encoding="utf-8")
    for part in ("catalog", "modules", "targets"):
        shutil.copytree(infra / part, scratch / part)
    program = terraform_program(None, processes, scratch)
    told = {"TF_CLI_CONFIG_FILE": str(rc), "TF_PLUGIN_CACHE_DIR": str(cache)}
    locks = []
    for root in sorted(path for path in (scratch / "targets").glob("*/*") if path.is_dir()):
        lock = _lock(root, (*program, f"-chdir={root}"), processes, told)
        if lock.is_file():
            kept = lock_of(folder, root.parent.name, root.name)
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(lock, kept)
            locks.append(f"{root.parent.name}/{root.name}")
    shutil.copytree(cache, folder / MIRROR, dirs_exist_ok=True)
    return locks


def _lock(root: Path, terraform: Sequence[str], processes: Processes, told: Mapping[str, str]) -> Path:
    environment = {**terraform_environment(processes.environment, root), **told}
    command = (*terraform, "init", "-backend=false", "-input=false", "-no-color")
    if processes.run(command, folder=root, environment=environment).code != 0:
        message = f"The providers of {root.parent.name}/{root.name} were not found for {platform.machine()}; the log above says why."
        raise StepError(message)
    return root / LOCK


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
