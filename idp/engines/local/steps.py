"""From a node to the order for its process: folders, files, environment, command."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from idp.engines.local import references
from idp.engines.local.containers import Container, expanded, mapped
from idp.engines.local.scope import Inputs
from idp.engines.local.templates import Template


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every step gets of the engine."""

    config_maps: Mapping[str, Mapping[str, str]]
    image_environment: Mapping[str, str]


def folders(template: Template, folder: str) -> dict[str, str]:
    """The real folder of each mount."""
    mounts = template.container.mounts if template.container else ()
    return {mount.path: f"{folder}/{mount.volume}" for mount in mounts}


def paths(template: Template, folder: str) -> dict[str, str]:
    """The real path of each file that the template speaks of, by its reference."""
    if not (template.outputs or template.input_artifacts or template.output_artifacts):
        return {}
    mounts = folders(template, folder)
    named = {f"inputs.artifacts.{artifact.name}.path": artifact.path for artifact in template.input_artifacts}
    named |= {f"outputs.artifacts.{artifact.name}.path": artifact.path for artifact in template.output_artifacts}
    named |= {f"outputs.parameters.{output.name}.path": output.path for output in template.outputs}
    return {name: mapped(path, mounts) for name, path in named.items()}


def furnish(template: Template, folder: str, inputs: Inputs, token: str) -> None:
    """Make the step's volumes, its token and its input files. May copy much: not for the event loop where there are artifacts."""
    mounted = {mount.volume for mount in template.container.mounts} if template.container else set()
    for volume in template.volumes:
        if volume.name in mounted:
            path = Path(folder, volume.name)
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            if volume.kind == "token":
                _put(path / volume.token_path, lambda new: new.write_text(token))
    places = paths(template, folder)
    for name, source in inputs.artifacts.items():
        _put(Path(places[f"inputs.artifacts.{name}.path"]), partial(shutil.copyfile, source))


def order(template: Template, folder: str, lookup: references.Lookup, around: Surroundings) -> dict[str, Any]:
    """Command, environment and folder of the process: `/` as in a container whose image says nothing else."""
    container = template.container
    assert container  # noqa: S101 - only containers have steps
    mounts = folders(template, folder)
    own = _environment(container, lookup, around.config_maps, mounts)
    words = (*container.command, *container.args)
    return {
        "argv": [expanded(references.filled(word, lookup), own) for word in words],
        "env": {**around.image_environment, **own},
        "cwd": _working_dir(container, mounts),
    }


def _environment(
    container: Container,
    lookup: references.Lookup,
    config_maps: Mapping[str, Mapping[str, str]],
    mounts: Mapping[str, str],
) -> dict[str, str]:
    """Kubernetes' order: ConfigMaps first, then each variable, which sees those before it. The image's own are not seen.

    A value that the template gives literally and that lies below a mount becomes the real path; one that came
    through a parameter never does.
    """
    known: dict[str, str] = {}
    for name in container.config_maps:
        known.update(config_maps[name])
    for name, text in container.env.items():
        value = expanded(references.filled(text, lookup), known)
        known[name] = value if "{{" in text else mapped(value, mounts)
    return known


def _working_dir(container: Container, mounts: Mapping[str, str]) -> str:
    if container.working_dir is None:
        return "/"
    folder = Path(mapped(container.working_dir, mounts))
    folder.mkdir(parents=True, exist_ok=True)
    return str(folder)


def _put(path: Path, write: Callable[[Path], object]) -> None:
    """Whole or not at all: after a restart the step may be running already, and reads what was there or the same again."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    new.touch(mode=0o600)
    write(new)
    new.replace(path)
