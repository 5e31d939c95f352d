"""One WorkflowTemplate per capability: all its verbs, all its steps.

The steps are part of it, not referred to: the whole is stored when a run starts, so what was planned is what is approved
and run, days later too.
"""

import json
from datetime import timedelta
from typing import Any, Final

from hera.workflows import Parameter, WorkflowTemplate
from hera.workflows import models as m
from hera.workflows.protocol import Templatable

from idp import names
from idp.capability import Capability, Catalog, Verb
from idp.workflows import pods
from idp.workflows.access import EXECUTOR
from idp.workflows.containers import Runner, change, inspect, look
from idp.workflows.graphs import change_graph, gate, inspect_graph

RUN_DEADLINE: Final = timedelta(days=7)
"""With the wait for an approval."""
KEPT: Final = timedelta(hours=72)
"""How long a finished Workflow is kept: longer than any event lives on the bus, as its name refuses a second run."""
GRACE: Final = timedelta(minutes=2)
"""What a step gets to end in order when it is stopped: Terraform finishes what it is at and writes its state down."""
PODS_KEPT: Final = timedelta(hours=24)
"""How long logs can be read from a finished run's pods."""


def workflow_templates(catalog: Catalog, reference: str) -> list[dict[str, Any]]:
    """The objects, in the catalogue's order. `reference` is the catalogue's name (`module:name`), which steps are told."""
    runner = Runner(image=catalog.images.runner, catalog=reference)
    return [workflow_template(capability, runner) for capability in catalog]


def workflow_template(capability: Capability, runner: Runner) -> dict[str, Any]:
    """The capability's WorkflowTemplate. It has no entrypoint and no values: both come with the event, or the run fails."""
    template = WorkflowTemplate(
        name=capability.name,
        namespace=names.NAMESPACE_RUNS,
        labels={names.LABEL_CAPABILITY: capability.name},
        annotations={"kubernetes.io/description": capability.summary},
        arguments=[Parameter(name=name) for name in names.PARAMETERS],
        templates=_templates(capability, runner),
        active_deadline_seconds=_seconds(RUN_DEADLINE),
        automount_service_account_token=False,
        executor=m.ExecutorConfig(service_account_name=EXECUTOR),
        pod_spec_patch=json.dumps({"terminationGracePeriodSeconds": _seconds(GRACE)}),
        pod_gc=m.PodGC(strategy="OnWorkflowCompletion", delete_delay_duration=f"{_seconds(PODS_KEPT)}s"),
        security_context=pods.pod_security(),
        synchronization=_one_run_per_resource(),
        ttl_strategy=m.TTLStrategy(seconds_after_completion=_seconds(KEPT)),
        volumes=pods.volumes(),
    )
    rendered: dict[str, Any] = template.to_dict()
    return rendered


def _templates(capability: Capability, runner: Runner) -> list[m.Template | Templatable]:
    changing: list[Verb] = [verb for verb in capability.verbs if verb != "inspect"]
    looking = [verb for verb in capability.verbs if verb == "inspect"]
    return [
        *(change_graph(capability, verb) for verb in changing),
        *(inspect_graph() for _ in looking),
        gate(),
        *(look(runner, capability, verb) for verb in changing),
        *(inspect(runner, capability) for _ in looking),
        *(change(runner, capability, step, verb) for verb in changing for step in capability.steps),
    ]


def _one_run_per_resource() -> m.Synchronization:
    mutex = m.Mutex(name=f"{{{{workflow.parameters.{names.PARAMETER_RESOURCE}}}}}")
    return m.Synchronization(mutexes=[mutex])


def _seconds(duration: timedelta) -> int:
    return int(duration.total_seconds())
