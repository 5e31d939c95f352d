"""What a `{{reference}}` means at one place of one run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from idp.engines.local import references
from idp.engines.local.errors import AbsentError, UnresolvedError
from idp.engines.local.tasks import Task
from idp.engines.local.templates import Template

if TYPE_CHECKING:
    from idp.engines.local.status import Status


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a template was given: texts, and paths of files."""

    parameters: Mapping[str, str] = field(default_factory=dict)
    artifacts: Mapping[str, str] = field(default_factory=dict)


def of_the_run(run: "Status", name: str) -> str:
    """`workflow.…`. Raises UnresolvedError."""
    workflow = run.workflow
    match name.split(".", 2):
        case ["workflow", "parameters", parameter] if parameter in workflow.arguments:
            return workflow.arguments[parameter]
        case ["workflow", "name" | "uid" | "namespace" as what]:
            return str(getattr(workflow, what))
        case ["workflow", "status"]:
            return run.status
        case ["workflow", "outputs", output] if (
            value := run.outputs.get(output.removeprefix("parameters."))
        ) is not None:
            return value
    message = f"failed to resolve {{{{{name}}}}}"
    raise UnresolvedError(message)


def in_a_template(run: "Status", inputs: Inputs, paths: Mapping[str, str]) -> references.Lookup:
    """`workflow.…`, `inputs.…` and the paths of `outputs.…`, which are real paths here."""

    def lookup(name: str) -> str:
        match name.split("."):
            case ["inputs", "parameters", parameter]:
                return inputs.parameters[parameter]
            case ["inputs" | "outputs", "artifacts" | "parameters", *_, "path"]:
                return paths[name]
        return of_the_run(run, name)

    return lookup


def in_a_dag(run: "Status", boundary: str, inputs: Inputs) -> references.Lookup:
    """`workflow.…`, the DAG's own inputs, and the tasks before."""

    def lookup(name: str) -> str:
        match name.split("."):
            case ["inputs", "parameters", parameter]:
                return inputs.parameters[parameter]
            case ["tasks", task, "status"]:
                return run.nodes[f"{boundary}.{task}"].phase
            case ["tasks", task, "outputs", "parameters", output]:
                return _output(run, boundary, task, output)
        return of_the_run(run, name)

    return lookup


def arguments(run: "Status", boundary: str, task: Task, inputs: Inputs) -> Inputs:
    """What the task's template is given. Raises AbsentError, UnresolvedError."""
    lookup = in_a_dag(run, boundary, inputs)
    target = run.template(task.template)
    given = {name: default for name, default in target.inputs.items() if default is not None}
    for name, text in task.arguments.items():
        try:
            given[name] = references.filled(text, lookup)
        except AbsentError as error:
            _unless_default(name, text, target, error)
    files = {name: path for name, text in task.artifacts.items() if (path := _artifact(run, boundary, text))}
    for artifact in target.input_artifacts:
        if artifact.name not in files and not artifact.optional:
            message = f'Unable to resolve: "{task.artifacts[artifact.name].strip("{}")}"'
            raise UnresolvedError(message)
    return Inputs(given, files)


def _output(run: "Status", boundary: str, task: str, output: str) -> str:
    node = run.nodes[f"{boundary}.{task}"]
    if output in node.outputs:
        return node.outputs[output]
    name = f"tasks.{task}.outputs.parameters.{output}"
    if node.phase not in ("Skipped", "Omitted"):
        message = f"failed to resolve {{{{{name}}}}}"
        raise UnresolvedError(message)
    declared = next(found for found in run.template(node.template).outputs if found.name == output)
    if declared.default is not None:
        return declared.default
    message = (
        f"unable to substitute {{{{{name}}}}}: output is an absent optional (skipped/omitted node with no default)"
    )
    raise AbsentError(message)


def _unless_default(name: str, text: str, target: Template, error: AbsentError) -> None:
    """Argo takes the input's default where the argument is nothing but the absent output."""
    if references.only_reference(text) is None:
        raise error
    if target.inputs.get(name) is None:
        message = f"inputs.parameters.{name}: argument references an absent optional (skipped/omitted node output with no default)"
        raise AbsentError(message) from error


def _artifact(run: "Status", boundary: str, text: str) -> str | None:
    _, task, _, _, artifact = (references.only_reference(text) or "").split(".")
    return run.nodes[f"{boundary}.{task}"].artifacts.get(artifact)
