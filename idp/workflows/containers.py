"""The containers of a run: one shape per kind of step, all of them `python -m idp.runner` with fixed words.

No value that a user wrote is ever part of a command: it arrives in the environment, in wire encoding.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from hera.workflows import Artifact, Container, NoneArchiveStrategy, Parameter, RetryStrategy
from hera.workflows import models as m

from idp import names
from idp.capability import Capability, Verb
from idp.steps import DELIVERY, Build, Delivery, Playbook, PlaybookChoice, Privilege, Rollout, Step, Terraform
from idp.workflows import pods

PLAN: Final = "plan"
"""The saved plan, as an artifact from look to the Terraform step."""

_OUT: Final = f"{names.WORK_FOLDER}/out"
_IN: Final = f"{names.WORK_FOLDER}/in"
_LOOK: Privilege = "look"


@dataclass(frozen=True)
class Runner:
    """What all steps of a catalogue share: the image, and the catalogue's own name (`module:name`)."""

    image: str
    catalog: str


def look(runner: Runner, capability: Capability, verb: Verb) -> Container:
    """Plans or previews; says how many changes there would be. Nothing changes, so it is repeated where the cluster failed."""
    return _container(
        runner,
        name=look_name(verb),
        args=["look", capability.name, verb],
        privilege=_LOOK,
        deadline=capability.steps[0].deadline,
        outputs=[
            *(_output(name) for name in (names.OUTPUT_CHANGES, names.OUTPUT_DIGEST)),
            *(_output(name) for name in (names.OUTPUT_PLAN_SHA256, names.OUTPUT_SUMMARY)),
            *([_plan_out()] if has_terraform(capability) else []),
        ],
        retry=_retry(),
    )


def inspect(runner: Runner, capability: Capability) -> Container:
    """Looks for drift; changes nothing either."""
    return _container(
        runner,
        name=look_name("inspect"),
        args=["inspect", capability.name],
        privilege=_LOOK,
        deadline=capability.steps[0].deadline,
        outputs=[_output(names.OUTPUT_CHANGES), _output(names.OUTPUT_SUMMARY)],
        retry=_retry(),
    )


def change(runner: Runner, capability: Capability, step: Step, verb: Verb) -> Container:
    """The step, or its inverse where the verb is deprovision. Never repeated: what it did before it broke is not known."""
    undone = verb == "deprovision"
    if isinstance(step, Terraform):
        return _terraform(runner, capability, step, "destroy" if undone else "apply")
    state: Literal["present", "absent"] = "absent" if undone else "present"
    if isinstance(step, DELIVERY):
        return _delivery(runner, capability, step, state)
    return _playbook(runner, capability, step, state)


def has_terraform(capability: Capability) -> bool:
    """Whether there is a plan to save."""
    return isinstance(capability.steps[0], Terraform)


def look_name(verb: Verb) -> str:
    """The template that looks, for this verb."""
    return f"look-{verb}"


def change_name(step: Step, verb: Verb) -> str:
    """The template that carries out the step, or its inverse."""
    if isinstance(step, Terraform):
        return f"{step.name}-{'destroy' if verb == 'deprovision' else 'apply'}"
    return f"{step.name}-{'absent' if verb == 'deprovision' else 'present'}"


def takes_outputs(capability: Capability, step: Step, verb: Verb) -> bool:
    """Playbooks get Terraform's outputs when there are any: not on the way down, which must work without them."""
    return verb == "provision" and has_terraform(capability) and not isinstance(step, Terraform)


def takes_image(capability: Capability, step: Step) -> bool:
    """A rollout is told which image was built, where there is a build."""
    return isinstance(step, Rollout) and any(isinstance(each, Build) for each in capability.steps)


def _terraform(runner: Runner, capability: Capability, step: Terraform, word: Literal["apply", "destroy"]) -> Container:
    return _container(
        runner,
        name=f"{step.name}-{word}",
        args=[word, capability.name],
        privilege=step.privilege,
        deadline=step.deadline,
        inputs=_PLANNED,
        artifacts=[Artifact(name=PLAN, path=f"{_IN}/{PLAN}")],
        outputs=[_output(names.OUTPUT_OUTPUTS)] if word == "apply" else [],
    )


def _playbook(
    runner: Runner, capability: Capability, step: Playbook | PlaybookChoice, state: Literal["present", "absent"]
) -> Container:
    verb: Verb = "provision" if state == "present" else "deprovision"
    outputs = {"IDP_OUTPUTS": names.OUTPUT_OUTPUTS} if takes_outputs(capability, step, verb) else {}
    return _container(
        runner,
        name=f"{step.name}-{state}",
        args=["playbook", capability.name, step.name, state],
        privilege=step.privilege,
        deadline=step.deadline,
        inputs=_PLANNED | outputs,
    )


def _delivery(runner: Runner, capability: Capability, step: Delivery, state: Literal["present", "absent"]) -> Container:
    gives = {"build": names.OUTPUT_IMAGE, "rollout": names.OUTPUT_OUTPUTS}
    return _container(
        runner,
        name=f"{step.name}-{state}",
        args=["deliver", capability.name, step.name, state],
        privilege=step.privilege,
        deadline=step.deadline,
        inputs=_PLANNED | ({"IDP_BUILT": names.OUTPUT_IMAGE} if takes_image(capability, step) else {}),
        outputs=[_output(gives[step.name])] if step.name in gives else [],
    )


_PLANNED: Final = {"IDP_PLAN_SHA256": names.OUTPUT_PLAN_SHA256, "IDP_DIGEST": names.OUTPUT_DIGEST}
"""What look planned: a changing step asks for its permit with it. Variable -> input parameter, named as look's output."""


def _container(
    runner: Runner,
    *,
    name: str,
    args: list[str],
    privilege: Privilege,
    deadline: timedelta,
    inputs: dict[str, str] | None = None,
    artifacts: Sequence[Artifact] = (),
    outputs: Sequence[Parameter | Artifact] = (),
    retry: RetryStrategy | None = None,
) -> Container:
    inputs = inputs or {}
    return Container(
        name=name,
        image=runner.image,
        image_pull_policy="IfNotPresent",  # the tag is immutable
        command=["python", "-m", "idp.runner"],
        args=args,
        working_dir=names.WORK_FOLDER,
        env=pods.environment(runner.image, runner.catalog, inputs),
        env_from=pods.installation(),
        inputs=[*(Parameter(name=parameter) for parameter in inputs.values()), *artifacts],
        outputs=list(outputs),
        service_account_name=privilege,
        active_deadline_seconds=int(deadline.total_seconds()),
        retry_strategy=retry,
        resources=pods.resources(),
        security_context=pods.container_security(),
        volume_mounts=pods.mounts(),
    )


def _output(name: str) -> Parameter:
    """Read from a file, and named in the Workflow's status too, where the observer finds it without knowing the node."""
    return Parameter(name=name, global_name=name, value_from=m.ValueFrom(path=f"{_OUT}/{name}"))


def _plan_out() -> Artifact:
    return Artifact(name=PLAN, path=f"{_OUT}/{PLAN}", archive=NoneArchiveStrategy())


def _retry() -> RetryStrategy:
    return RetryStrategy(limit=2, retry_policy="OnError")
