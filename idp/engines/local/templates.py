"""WorkflowTemplates as typed values: what of them the engine carries out, every other field refused."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from idp.engines.local.containers import Container, Volume, container, volume
from idp.engines.local.durations import seconds
from idp.engines.local.fields import Fields
from idp.engines.local.ports import Artifact, Output, artifacts, inputs, outputs
from idp.engines.local.retries import RetryStrategy, retry_strategy
from idp.engines.local.tasks import Task, dag_tasks


@dataclass(frozen=True, slots=True)
class Suspend:
    """Waits to be resumed, or for so long."""

    duration_seconds: float | None


@dataclass(frozen=True, slots=True)
class Template:
    """One template. Exactly one of container, tasks and suspend is there."""

    name: str
    inputs: Mapping[str, str | None]
    """Input parameters with their defaults."""
    input_artifacts: tuple[Artifact, ...]
    outputs: tuple[Output, ...]
    output_artifacts: tuple[Artifact, ...]
    container: Container | None
    tasks: tuple[Task, ...] | None
    suspend: Suspend | None
    retry: RetryStrategy | None
    deadline_seconds: int | None
    volumes: tuple[Volume, ...]


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long a finished Workflow stays, in seconds."""

    after_success: int | None
    after_failure: int | None


@dataclass(frozen=True, slots=True)
class WorkflowTemplate:
    """What a Workflow runs."""

    name: str
    namespace: str
    entrypoint: str | None
    arguments: Mapping[str, str | None]
    templates: Mapping[str, Template]
    mutexes: tuple[str, ...]
    lifetime: Lifetime
    deadline_seconds: int | None
    on_exit: str | None
    grace_seconds: float


def workflow_template(manifest: Fields) -> WorkflowTemplate:
    """The typed value. Raises ManifestError."""
    manifest.choice("kind", ("WorkflowTemplate",))
    manifest.choice("apiVersion", ("argoproj.io/v1alpha1",))
    with manifest, manifest.required("metadata", "metadata") as metadata:
        name, namespace = metadata.text("name"), metadata.text_or("namespace", None) or ""
        with manifest.required("spec", "WorkflowTemplateSpec") as spec:
            volumes = tuple(volume(fields) for fields in spec.many("volumes", "Volume"))
            templates = [_template(fields, volumes) for fields in spec.many("templates", "Template")]
            return WorkflowTemplate(
                name=name,
                namespace=namespace,
                entrypoint=spec.text_or("entrypoint", None),
                arguments=_arguments(spec),
                templates={template.name: template for template in templates},
                mutexes=_mutexes(spec),
                lifetime=_lifetime(spec),
                deadline_seconds=spec.whole("activeDeadlineSeconds"),
                on_exit=spec.text_or("onExit", None),
                grace_seconds=_grace_seconds(spec),
            )


def _arguments(spec: Fields) -> dict[str, str | None]:
    arguments = spec.one("arguments", "Arguments")
    if not arguments:
        return {}
    found = {}
    with arguments:
        for fields in arguments.many("parameters", "WorkflowParameter"):
            with fields:
                found[fields.text("name")] = fields.text_or("value", fields.text_or("default", None))
    return found


def _mutexes(spec: Fields) -> tuple[str, ...]:
    synchronization = spec.one("synchronization", "Synchronization")
    if not synchronization:
        return ()
    names = []
    with synchronization:
        for fields in synchronization.many("mutexes", "Mutex"):
            with fields:
                names.append(fields.template("name") or fields.refuse("name", "is missing"))
    return tuple(names)


def _lifetime(spec: Fields) -> Lifetime:
    strategy = spec.one("ttlStrategy", "TtlStrategy")
    if not strategy:
        return Lifetime(None, None)
    with strategy:
        either = strategy.whole("secondsAfterCompletion")
        return Lifetime(
            after_success=strategy.whole("secondsAfterSuccess", either),
            after_failure=strategy.whole("secondsAfterFailure", either),
        )


def _grace_seconds(spec: Fields) -> float:
    """Kubernetes' default is 30; a pod's own figure can only come by a patch."""
    patch = spec.text_or("podSpecPatch", None)
    if patch is None:
        return 30.0
    try:
        value = json.loads(patch)
    except ValueError:
        spec.refuse("podSpecPatch", "must be a JSON object for the embedded engine")
    with Fields(value, kind="PodSpecPatch", file=spec.file, path=f"{spec.path}.podSpecPatch") as fields:
        return float(fields.whole("terminationGracePeriodSeconds", 30) or 0)


def _template(fields: Fields, volumes: tuple[Volume, ...]) -> Template:
    with fields:
        name = fields.text("name")
        taken, left = fields.one("inputs", "Inputs"), fields.one("outputs", "Outputs")
        own = volumes + tuple(volume(inner) for inner in fields.many("volumes", "Volume"))
        what = fields.one("container", "Container")
        template = Template(
            name=name,
            inputs=inputs(taken) if taken else {},
            input_artifacts=artifacts(taken, "InputArtifact") if taken else (),
            outputs=outputs(left) if left else (),
            output_artifacts=artifacts(left, "OutputArtifact") if left else (),
            container=container(what) if what else None,
            tasks=dag_tasks(fields),
            suspend=_suspend(fields),
            retry=retry_strategy(fields),
            deadline_seconds=fields.whole("activeDeadlineSeconds"),
            volumes=own,
        )
        for inner in (taken, left):
            if inner:
                inner.done()
        _one_of_a_kind(fields, template)
    return template


def _one_of_a_kind(fields: Fields, template: Template) -> None:
    if [template.container, template.tasks, template.suspend].count(None) != 2:  # noqa: PLR2004 - two of three
        fields.refuse("", "must have exactly one of container, dag and suspend")
    if template.container:
        mounted = {mount.volume for mount in template.container.mounts} - {known.name for known in template.volumes}
        for name in sorted(mounted):
            fields.refuse("container.volumeMounts", f"there is no volume {name!r}")
        return
    for field, present in (
        ("retryStrategy", template.retry),
        ("activeDeadlineSeconds", template.deadline_seconds),
        ("outputs", template.outputs or template.output_artifacts),
    ):
        if present:
            fields.refuse(field, "the embedded engine carries this out for containers alone")


def _suspend(fields: Fields) -> Suspend | None:
    suspend = fields.one("suspend", "Suspend")
    if suspend is None:
        return None
    with suspend:
        return Suspend(seconds(suspend, "duration"))
