"""Build: the commit's image, made once, and known by what is in it."""

import hashlib
import json
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from idp import names
from idp.applications import Deployment
from idp.errors import StepError
from idp.runner import tools
from idp.runner.assignment import Assignment
from idp.runner.delivery import dockerfiles, places
from idp.runner.delivery.checkout import checked_out
from idp.runner.delivery.kept import KeptApplication
from idp.runner.processes import Processes

LARGEST: Final = 256 * 1024 * 1024
"""Bytes of a commit's files."""


def build(assigned: Assignment, deployment: Deployment, application: places.Application, processes: Processes) -> None:
    """Writes out/image: digest, commit, whether it was built now, and the seconds it took. Raises StepError."""
    begun = time.monotonic()
    image, now = _image(assigned, deployment, application, processes)
    said = {
        "digest": image["digest"],
        "commit": image["commit"],
        "built": now,
        "seconds": round(time.monotonic() - begun, 3),
    }
    tools.left(assigned.work, {names.OUTPUT_IMAGE: json.dumps(said)})
    _log(f"{image['digest']} of {image['commit']}" + ("" if now else f", built before for {image['labels'][_REQUEST]}"))


def image_of(deployment: Deployment, application: KeptApplication) -> dict[str, Any] | None:
    """The image that this deployment would serve, where it is there already. Raises StepError for an unknown digest."""
    if deployment.digest is None:
        return application.built(deployment.commit or "")
    image = application.image(deployment.digest)
    if image is None:
        message = f"There is no image {deployment.digest} of {deployment.team}/{deployment.name}; deploy a commit or a branch."
        raise StepError(message)
    return image


def _image(
    assigned: Assignment, deployment: Deployment, application: places.Application, processes: Processes
) -> tuple[dict[str, Any], bool]:
    with application.building():
        if image := image_of(deployment, application):
            return image, False
        return _built(assigned, deployment, application, processes), True


def _built(
    assigned: Assignment, deployment: Deployment, application: places.Application, processes: Processes
) -> dict[str, Any]:
    commit = str(deployment.commit)
    repository, dockerfile = deployment.application.repository, deployment.application.dockerfile
    images = application.folder / "images"
    images.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=images, prefix=".building-", ignore_cleanup_errors=True) as folder:
        _log(f"Fetching {commit} of {repository}")
        tree = checked_out(repository, commit, Path(folder) / "tree", processes)
        for line in dockerfiles.check(tree, dockerfile):
            _log(line)
        labels = {_SOURCE: repository, _REVISION: commit, _REQUEST: assigned.settings.run}
        digest = _digest(tree, dockerfile, labels)
        image = {"digest": digest, "commit": commit, "dockerfile": dockerfile, "labels": labels}
        places.written(Path(folder) / "image.json", image)
        _keep(Path(folder), application.image_folder(digest))
    places.written(application.folder / "commits" / f"{commit}.json", {"digest": digest})
    return image


_SOURCE: Final = "org.opencontainers.image.source"
_REVISION: Final = "org.opencontainers.image.revision"
_REQUEST: Final = names.LABEL_REQUEST


def _digest(tree: Path, dockerfile: str, labels: dict[str, str]) -> str:
    """Over the files, what is built from and where they are from: one commit gives one digest, whoever asks for it."""
    found = hashlib.sha256(json.dumps([dockerfile, labels[_SOURCE], labels[_REVISION]]).encode())
    size = 0
    for file in sorted(each for each in tree.rglob("*") if each.is_file()):
        size += file.stat().st_size
        if size > LARGEST:
            message = f"The commit's files are more than {LARGEST // 1024**2} MiB; nothing was built."
            raise StepError(message)
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        executable = bool(file.stat().st_mode & 0o100)
        found.update(json.dumps([str(file.relative_to(tree)), executable, content]).encode())
    return f"sha256:{found.hexdigest()}"


def _keep(folder: Path, image: Path) -> None:
    """Under its digest, in one move. One that is there already is the same."""
    if not image.exists():
        folder.rename(image)


def _log(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - the step's log
