"""look and inspect: say what would change, change nothing."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from idp import names
from idp.runner import tools
from idp.runner.assignment import Assignment
from idp.runner.delivery import carrying_out
from idp.runner.digests import digest, file_sha256
from idp.runner.guardrails import judge
from idp.runner.plans import plan
from idp.runner.playbooks import Played, chosen, playbook_steps
from idp.runner.processes import Processes
from idp.runner.summaries import summary
from idp.runner.terraform import Terraform
from idp.runner.variables import ansible_variables, terraform_variables


def look(assigned: Assignment, verb: Literal["provision", "deprovision", "perform"], processes: Processes) -> None:
    """Plan, or preview the playbooks where there is no Terraform to plan or nothing for it to do; leave all it found.

    A plan that the guardrails refuse fails here, and so reaches no gate.
    Writes out/{changes,digest,plan-sha256,summary} and the saved plan, out/plan.
    """
    undone = verb == "deprovision"
    (assigned.work / "out").mkdir(exist_ok=True)
    saved = assigned.work / "out" / "plan"
    terraform = tools.terraform(assigned, processes)
    shown = _shown(assigned, terraform, destroy=undone)
    if terraform:
        judge(assigned, verb, shown, processes)
    planned = plan(shown)
    played = _previewed(assigned, terraform, processes, undone=undone) if planned.changes == 0 else Played(0, "")
    if not terraform:
        saved.write_text(played.text, encoding="utf-8")
    changes = planned.changes or played.changes
    plan_sha256 = file_sha256(saved)
    found = {
        names.OUTPUT_CHANGES: str(changes),
        names.OUTPUT_DIGEST: digest(plan_sha256, assigned.settings.image, assigned.request_text),
        names.OUTPUT_PLAN_SHA256: plan_sha256,
        names.OUTPUT_SUMMARY: summary(changes, planned, played.text),
    }
    tools.left(assigned.work, found)
    print(f"{changes} changes; plan {plan_sha256}, digest {found[names.OUTPUT_DIGEST]}", flush=True)  # noqa: T201 - the log


def inspect(assigned: Assignment, processes: Processes) -> None:
    """Compare what is there with what was applied, without a lock. Writes out/{changes,summary}."""
    terraform = tools.terraform(assigned, processes)
    planned = plan(_shown(assigned, terraform, lock=False))
    different = planned.changes or len(planned.findings)
    if carrying_out.delivers(assigned.capability):
        played = Played(*carrying_out.inspected(assigned))
    else:
        played = _previewed(assigned, terraform, processes, undone=False)
    changes = different + played.changes
    text = summary(changes, planned, played.text if played.changes else "")
    tools.left(assigned.work, {names.OUTPUT_CHANGES: str(changes), names.OUTPUT_SUMMARY: text})
    print(f"{changes} differences", flush=True)  # noqa: T201 - the step's log


def _shown(
    assigned: Assignment, terraform: Terraform | None, *, destroy: bool = False, lock: bool = True
) -> Mapping[str, Any]:
    """The saved plan as `show -json` tells it; of no Terraform, the plan of nothing."""
    if terraform is None:
        return {}
    variables = assigned.work / "terraform.tfvars.json"
    variables.write_text(terraform_variables(assigned), encoding="utf-8")
    saved = assigned.work / "out" / "plan"
    saved.parent.mkdir(exist_ok=True)
    return terraform.plan(saved, variables, destroy=destroy, lock=lock)


def _previewed(assigned: Assignment, terraform: Terraform | None, processes: Processes, *, undone: bool) -> Played:
    """The playbooks in the order in which they would run, up to the first that would change something.

    What comes after that one may build on what it changes.
    """
    if carrying_out.delivers(assigned.capability):
        return Played(*carrying_out.previewed(assigned, undone=undone))
    outputs: dict[str, Any] = terraform.outputs() if terraform and not undone else {}
    variables = ansible_variables(assigned, "absent" if undone else "present", outputs)
    ansible = tools.ansible(assigned, processes)
    steps: Sequence[Any] = playbook_steps(assigned.capability)
    played = Played(0, "")
    for step in reversed(steps) if undone else steps:
        played = ansible.play(chosen(step, assigned.request), variables, preview=True)
        if played.changes:
            break
    return played
