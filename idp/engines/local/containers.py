"""A step's container: its command, environment and folders, as Kubernetes understands them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from idp.engines.local.fields import Fields

_CLUSTER = ("serviceAccountToken", "configMap", "downwardAPI")
"""What a pod needs to be a client of its cluster. There is none here: the folder stays empty."""
_DOLLAR = re.compile(r"\$(?:\$|\(([^)]*)\))")


@dataclass(frozen=True, slots=True)
class Volume:
    """A folder of the step: empty, or with a token in it."""

    name: str
    kind: Literal["empty", "token"]
    token_path: str = ""


@dataclass(frozen=True, slots=True)
class Mount:
    """Where a volume is seen."""

    volume: str
    path: str


@dataclass(frozen=True, slots=True)
class Container:
    """Texts have references in them; `config_maps` come first in the environment."""

    command: tuple[str, ...]
    args: tuple[str, ...]
    env: Mapping[str, str]
    config_maps: tuple[str, ...]
    mounts: tuple[Mount, ...]
    working_dir: str | None


def container(fields: Fields) -> Container:
    """The typed value. Raises ManifestError."""
    with fields:
        command = fields.templates("command")
        if not command:
            fields.refuse("command", "must be given: there is no image to ask")
        return Container(
            command=command,
            args=fields.templates("args"),
            env=dict(_variable(inner) for inner in fields.many("env", "EnvVar")),
            config_maps=tuple(_config_map(inner) for inner in fields.many("envFrom", "EnvFrom")),
            mounts=tuple(_mount(inner) for inner in fields.many("volumeMounts", "VolumeMount")),
            working_dir=fields.text_or("workingDir", None),
        )


def volume(fields: Fields) -> Volume:
    """An emptyDir, a projected serviceAccountToken, or the way to the pod's cluster; nothing else is carried out."""
    with fields:
        name = fields.text("name")
        if empty := fields.one("emptyDir", "EmptyDir"):
            empty.done()
            return Volume(name, "empty")
        with fields.required("projected", "Projected") as projected:
            sources = list(projected.many("sources", "ProjectedSource"))
            if len(sources) == len(_CLUSTER):
                for source, kind in zip(sources, _CLUSTER, strict=True):
                    with source:
                        source.required(kind, f"Cluster.{kind}").done()
                return Volume(name, "empty")
            if len(sources) != 1:
                projected.refuse("sources", "must be one serviceAccountToken, or the way to the pod's cluster")
            with sources[0] as source, source.required("serviceAccountToken", "TokenSource") as token:
                return Volume(name, "token", token.text("path"))


def expanded(text: str, variables: Mapping[str, str]) -> str:
    """`$(NAME)` replaced by what is known; `$$` is a dollar; what is not known stays as it is.

    Kubernetes' rule (k8s.io/kubernetes third_party/forked/golang/expansion): values are not looked at again.
    """

    def value(match: re.Match[str]) -> str:
        return "$" if match[0] == "$$" else variables.get(match[1], match[0])

    return _DOLLAR.sub(value, text) if "$" in text else text


def mapped(path: str, folders: Mapping[str, str]) -> str:
    """The real path of what the container sees at `path`; a path outside every mount stays as it is."""
    for mount in sorted(folders, key=len, reverse=True):
        if path == mount or path.startswith(mount.rstrip("/") + "/"):
            return folders[mount] + path[len(mount.rstrip("/")) :]
    return path


def _variable(fields: Fields) -> tuple[str, str]:
    with fields:
        return fields.text("name"), fields.template("value", "") or ""


def _config_map(fields: Fields) -> str:
    with fields, fields.required("configMapRef", "ConfigMapRef") as reference:
        return reference.text("name")


def _mount(fields: Fields) -> Mount:
    with fields:
        return Mount(fields.text("name"), fields.text("mountPath").rstrip("/") or "/")
