"""apply, destroy, playbook and deliver: change the world, with a permit and by the saved plan."""

from pathlib import Path
from typing import Final, Literal

from idp import names
from idp.errors import StepError
from idp.events.wire import wire
from idp.runner import tools
from idp.runner.assignment import Assignment
from idp.runner.delivery import carrying_out
from idp.runner.digests import digest, file_sha256
from idp.runner.permit import permit
from idp.runner.playbooks import chosen, playbook_step
from idp.runner.processes import Processes
from idp.runner.terraform import Terraform
from idp.runner.variables import ansible_variables

OUTPUTS_LIMIT: Final = 32 * 1024
"""Bytes of the outputs, which reach playbooks as an environment variable."""


def apply(assigned: Assignment, processes: Processes) -> None:
    """Apply the saved plan; writes out/outputs."""
    terraform = _applied(assigned, processes)
    outputs = wire(terraform.outputs(), limit=OUTPUTS_LIMIT)
    tools.left(assigned.work, {names.OUTPUT_OUTPUTS: outputs})


def destroy(assigned: Assignment, processes: Processes) -> None:
    """Apply the saved plan of a destruction. A state that holds nothing more goes as well, where the target can."""
    terraform = _applied(assigned, processes)
    if assigned.target.forget and terraform.is_empty():
        ended = processes.run(assigned.target.forget, folder=assigned.work, environment={})
        if ended.code != 0:
            message = f"All is destroyed, but the empty state was not removed: {' '.join(ended.tail[-1:])}"
            raise StepError(message)


def playbook(assigned: Assignment, step_name: str, state: Literal["present", "absent"], processes: Processes) -> None:
    """Run one playbook step."""
    step = playbook_step(assigned.capability, step_name)
    outputs = tools.outputs_given(assigned.settings.outputs)
    variables = ansible_variables(assigned, state, outputs)
    permitted(assigned, assigned.settings.plan_sha256)
    tools.ansible(assigned, processes).play(chosen(step, assigned.request), variables)


def deliver(assigned: Assignment, step_name: str, state: Literal["present", "absent"], processes: Processes) -> None:
    """Carry out one step of an application's way."""
    permitted(assigned, assigned.settings.plan_sha256)
    carrying_out.carried_out(assigned, step_name, state, processes)


def _applied(assigned: Assignment, processes: Processes) -> Terraform:
    saved = _saved_plan(assigned.work)
    terraform = tools.terraform(assigned, processes)
    if terraform is None:
        message = f"Capability {assigned.capability.name} has no Terraform step; use its playbooks."
        raise StepError(message)
    plan_sha256 = file_sha256(saved)
    if plan_sha256 != assigned.settings.plan_sha256:
        message = (
            f"The plan at hand ({plan_sha256}) is not the one that was looked at"
            f" ({assigned.settings.plan_sha256 or 'none was named'}); it was not applied. Ask again for a new plan."
        )
        raise StepError(message)
    permitted(assigned, plan_sha256)
    terraform.apply(saved)
    return terraform


def _saved_plan(work: Path) -> Path:
    saved = work / "in" / "plan"
    if not saved.is_file():
        message = f"There is no saved plan at {saved}; the step before must hand it on."
        raise StepError(message)
    return saved


def permitted(assigned: Assignment, plan_sha256: str) -> None:
    """Returns when this step may change the world. Raises StepError."""
    computed = digest(plan_sha256, assigned.settings.image, assigned.request_text)
    if computed != assigned.settings.digest:
        message = (
            f"Plan, image and request give the digest {computed}, not the one that was looked at"
            f" ({assigned.settings.digest or 'none was named'}); nothing was changed. Ask again for a new plan."
        )
        raise StepError(message)
    permit(assigned.settings.api_url, assigned.settings.token_file, computed)
