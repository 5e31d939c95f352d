"""What is left when a step's process is gone: its phase, its message, its outputs. Words as in Argo."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from idp.engines.local.ports import Output
from idp.engines.local.templates import Template
from idp.engines.protocol import Phase

_LARGEST_OUTPUT = 1 << 20
"""Argo keeps outputs in the Workflow object, of which etcd takes about so much."""
_NOT_SAVED = 64
_COMMAND_NOT_STARTED = 64
_LONGEST_MESSAGE = 4096


@dataclass(frozen=True, slots=True)
class Ended:
    """A step that is over. `artifacts` are paths of files."""

    phase: Phase
    message: str
    outputs: Mapping[str, str] = field(default_factory=dict)
    artifacts: Mapping[str, str] = field(default_factory=dict)


def lost(why: str) -> Ended:
    """Nobody will learn how the step ended."""
    return Ended("Error", why)


def ended(code: int, template: Template, paths: Mapping[str, str], log: str) -> Ended:
    """The step's end by its exit code and its files. `paths` are the real ones, by reference (`outputs.parameters.x.path`).

    Outputs are saved of a failed step, too (argo-workflows cmd/argoexec/commands/wait.go).
    """
    outputs, fault = _parameters(template, paths)
    artifacts, missing = _artifacts(template, paths)
    fault = fault or missing
    if code:
        return Ended("Failed", f"main: Error (exit code {code}){_not_started(code, log)}", outputs, artifacts)
    if fault:
        return Ended("Error", f"wait: Error (exit code {_NOT_SAVED}): {fault}", outputs, artifacts)
    return Ended("Succeeded", "", outputs, artifacts)


def _parameters(template: Template, paths: Mapping[str, str]) -> tuple[dict[str, str], str]:
    found: dict[str, str] = {}
    for output in template.outputs:
        try:
            found[output.name] = _contents(Path(paths[f"outputs.parameters.{output.name}.path"])).removesuffix("\n")
        except OSError as error:
            if output.default is None:
                return found, _no_output(output, error)
            found[output.name] = output.default
    return found, ""


def _contents(path: Path) -> str:
    with path.open("rb") as file:
        contents = file.read(_LARGEST_OUTPUT + 1)
    if len(contents) > _LARGEST_OUTPUT:
        message = f"larger than {_LARGEST_OUTPUT} bytes"
        raise OSError(message)
    return contents.decode(errors="replace")


def _no_output(output: Output, error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return f"open {output.path}: no such file or directory"
    return f"{output.path}: {error.strerror or error}"


def _artifacts(template: Template, paths: Mapping[str, str]) -> tuple[dict[str, str], str]:
    found: dict[str, str] = {}
    missing = []
    for artifact in template.output_artifacts:
        path = Path(paths[f"outputs.artifacts.{artifact.name}.path"])
        if path.is_file():
            found[artifact.name] = str(path)
        elif path.exists() or not artifact.optional:
            missing.append(
                f"artifact {artifact.name}: {artifact.path} is {'no file' if path.exists() else 'not there'}; "
            )
    return found, "".join(missing)


def _not_started(code: int, log: str) -> str:
    """The reason why the command could not be started, which is then all there is in the log."""
    if code != _COMMAND_NOT_STARTED:
        return ""
    try:
        with Path(log).open("rb") as file:
            said = file.read(_LONGEST_MESSAGE).decode(errors="replace").removesuffix("\n")
    except FileNotFoundError:
        return ""
    return f": {said}" if said.startswith("failed to ") and "\n" not in said else ""
