"""The order of a run, one DAG per verb: look, gate, change.

Nothing to change skips gate and change; the gate waits only where the request needs an approval.
"""

from itertools import pairwise
from typing import Final

from hera.workflows import DAG, Artifact, Parameter, Suspend, Task

from idp import names
from idp.capability import Capability, Verb
from idp.steps import Build, Step, Terraform
from idp.workflows.containers import PLAN, change_name, look_name, takes_image, takes_outputs

_LOOK: Final = f"tasks.{names.TASK_LOOK}.outputs"
_SOMETHING_TO_CHANGE: Final = f"{{{{{_LOOK}.parameters.{names.OUTPUT_CHANGES}}}}} != 0"
_NEEDS_APPROVAL: Final = f"'{{{{workflow.parameters.{names.PARAMETER_APPROVAL}}}}}' == 'required'"


def gate() -> Suspend:
    """Waits until the platform resumes it after an approval, or the run's own deadline."""
    return Suspend(name=names.TASK_GATE)


def change_graph(capability: Capability, verb: Verb) -> DAG:
    """Look, gate, then the steps in order, or in reverse where the verb is deprovision."""
    steps = capability.steps[::-1] if verb == "deprovision" else capability.steps
    tasks = [_look(verb), _gate(), _first(capability, steps[0], verb)]
    tasks += [_next(capability, step, before, verb) for before, step in pairwise(steps)]
    return DAG(name=verb, tasks=list(tasks))


def inspect_graph() -> DAG:
    """Looking is all there is."""
    return DAG(name="inspect", tasks=[_look("inspect")])


def _look(verb: Verb) -> Task:
    return Task(name=names.TASK_LOOK, template=look_name(verb))


def _gate() -> Task:
    return Task(
        name=names.TASK_GATE,
        template=names.TASK_GATE,
        depends=f"{names.TASK_LOOK}.Succeeded",
        when=f"{_NEEDS_APPROVAL} && {_SOMETHING_TO_CHANGE}",
    )


def _first(capability: Capability, step: Step, verb: Verb) -> Task:
    """A gate that is not needed is Skipped. Where look found nothing, this is skipped and what follows is omitted."""
    return Task(
        name=step.name,
        template=change_name(step, verb),
        arguments=_arguments(capability, step, verb),
        depends=f"{names.TASK_GATE}.Succeeded || {names.TASK_GATE}.Skipped",
        when=_SOMETHING_TO_CHANGE,
    )


def _next(capability: Capability, step: Step, before: Step, verb: Verb) -> Task:
    return Task(
        name=step.name,
        template=change_name(step, verb),
        arguments=_arguments(capability, step, verb),
        depends=f"{before.name}.Succeeded",
    )


def _arguments(capability: Capability, step: Step, verb: Verb) -> list[Parameter | Artifact]:
    planned = [_from_look(name) for name in (names.OUTPUT_PLAN_SHA256, names.OUTPUT_DIGEST)]
    if isinstance(step, Terraform):
        return [*planned, Artifact(name=PLAN, from_=f"{{{{{_LOOK}.artifacts.{PLAN}}}}}")]
    if takes_outputs(capability, step, verb):
        terraform = capability.steps[0].name
        return [*planned, _argument(names.OUTPUT_OUTPUTS, f"tasks.{terraform}.outputs")]
    if takes_image(capability, step):
        build = next(each.name for each in capability.steps if isinstance(each, Build))
        return [*planned, _argument(names.OUTPUT_IMAGE, f"tasks.{build}.outputs")]
    return [*planned]


def _from_look(name: str) -> Parameter:
    return _argument(name, _LOOK)


def _argument(name: str, source: str) -> Parameter:
    return Parameter(name=name, value=f"{{{{{source}.parameters.{name}}}}}")
