"""A step: what the runner is told, and where it finds what it is told of."""

from collections.abc import Iterator
from dataclasses import dataclass

from idp import names
from idp.capability import Capability, Catalog, Verb
from idp.steps import Step
from idp.wiring import expected
from idp.wiring.findings import Finding, different
from idp.wiring.shapes import Container, Template


@dataclass(frozen=True)
class Place:
    """Which step of which verb a template is for; no step is the one that looks."""

    capability: Capability
    verb: Verb
    step: Step | None


def step_findings(where: str, template: Template, place: Place, catalog: Catalog, reference: str) -> Iterator[Finding]:
    """The template does what the catalogue says of this step and verb, and looks where the runner does."""
    where = f"{where}: template {template.name}"
    container = template.container
    if container is None:
        return
    capability, verb, step = place.capability, place.verb, place.step
    taken = expected.inputs(capability, verb, step)
    seconds = int(expected.deadline(capability, step).total_seconds())
    yield from different(where, "args", container.args, expected.words(capability, verb, step))
    yield from different(where, "activeDeadlineSeconds", template.active_deadline_seconds, seconds)
    yield from different(where, "serviceAccountName", template.service_account_name, expected.account(step))
    yield from different(where, "retries", template.retry_strategy is not None, step is None)
    yield from different(where, "inputs", [each.name for each in template.taken.parameters], list(taken.values()))
    yield from _environment(where, container, expected.environment(catalog, reference, taken))
    yield from _files(where, template, place)
    yield from _container(where, container, catalog)


def _environment(where: str, container: Container, wanted: dict[str, str]) -> Iterator[Finding]:
    yield from different(where, "variables", [each.name for each in container.env], list(wanted))
    for each in container.env:
        if each.name in wanted:
            yield from different(f"{where}: env {each.name}", "value", each.value, wanted[each.name])


def _files(where: str, template: Template, place: Place) -> Iterator[Finding]:
    """What is handed over in files, by name and path."""
    capability, verb, step = place.capability, place.verb, place.step
    out = [(each.name, each.global_name, each.value_from.path) for each in template.given.parameters]
    wanted = [(name, name, f"/work/out/{name}") for name in expected.outputs(verb, step)]
    yield from different(where, "outputs", out, wanted)
    plan = [(each.name, each.path) for each in template.given.artifacts]
    gives = expected.gives_plan(capability, verb, step)
    yield from different(where, "artifacts it gives", plan, [("plan", "/work/out/plan")] if gives else [])
    takes = [("plan", "/work/in/plan")] if step is not None and step.name == "terraform" else []
    yield from different(
        where, "artifacts it takes", [(each.name, each.path) for each in template.taken.artifacts], takes
    )


def _container(where: str, container: Container, catalog: Catalog) -> Iterator[Finding]:
    mounts = {each.mount_path: each.read_only for each in container.volume_mounts}
    volumes = [each.name for each in container.volume_mounts]
    sources = [each.config_map_ref.name for each in container.env_from]
    yield from different(where, "image", container.image, catalog.images.runner)
    yield from different(where, "command", container.command, ["python", "-m", "idp.runner"])
    yield from different(where, "workingDir", container.working_dir, names.WORK_FOLDER)
    yield from different(where, "mounts", mounts, expected.MOUNTS)
    yield from different(where, "volumes mounted", volumes, ["work", "token", "cluster"])
    yield from different(where, "envFrom", sources, [names.RUNNER_CONFIG])
    if not container.security_context.read_only_root_filesystem:
        yield Finding(where, "its root file system can be written")
